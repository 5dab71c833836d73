#include "CSymbolic.h"
