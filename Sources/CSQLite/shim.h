// SQLite, as seen from Swift.
#ifndef METASTABILITY_CSQLITE_SHIM_H
#define METASTABILITY_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
