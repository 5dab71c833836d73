"""Validates a report, and the problem inside it, against the schemas in Docs/."""

import json
import pathlib
import sys

import jsonschema

docs = pathlib.Path(__file__).parent.parent / "Docs"
problem = json.loads((docs / "problem.schema.json").read_text())
report = json.loads((docs / "report.schema.json").read_text())


def refuse(name):
    raise ValueError(f"{name} is not JSON")


text = pathlib.Path(sys.argv[1]).read_text()
value = json.loads(text, parse_constant=refuse)
for schema in (problem, report):
    jsonschema.Draft7Validator.check_schema(schema)
# The reference between the two schemas is resolved here, so that any version of the library will do.
report["properties"]["problem"] = {"type": ["object", "null"]}
jsonschema.Draft7Validator(report).validate(value)
if value["problem"] is not None:
    jsonschema.Draft7Validator(problem).validate(value["problem"])
