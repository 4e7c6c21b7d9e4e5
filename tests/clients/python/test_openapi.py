"""The descriptions of the running shop: valid in the eyes of others, and true of what the shop answers."""

import json
import unittest
import urllib.error
import urllib.request

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from test_client import PUBLISHABLE_KEY, SECRET_KEY, URL


def ask(path, key=PUBLISHABLE_KEY):
    request = urllib.request.Request(f"{URL}/rest/v1/{path}", headers={"apikey": key})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)


class Descriptions(unittest.TestCase):
    def check(self, path, validator, key):
        complaints = [f"{list(error.path)}: {error.message}" for error in validator(ask(path, key)).iter_errors()]
        self.assertEqual(complaints, [])

    def test_swagger_is_valid_for_each_role(self):
        for key in (PUBLISHABLE_KEY, SECRET_KEY):
            self.check("", OpenAPIV2SpecValidator, key)

    def test_openapi_is_valid_for_each_role(self):
        for key in (PUBLISHABLE_KEY, SECRET_KEY):
            self.check("openapi.json", OpenAPIV31SpecValidator, key)

    def test_a_role_sees_what_it_may_use(self):
        visitor, service = (ask("openapi.json", key)["paths"] for key in (PUBLISHABLE_KEY, SECRET_KEY))
        self.assertNotIn("/orders", visitor)
        self.assertIn("/orders", service)
        self.assertEqual(list(visitor["/categories"]), ["get"])
        self.assertEqual(list(service["/categories"]), ["get", "post", "put", "patch", "delete"])


class Schemas(unittest.TestCase):
    """What the shop answers is what its description says."""

    def setUp(self):
        self.document = ask("openapi.json", SECRET_KEY)

    def complaints(self, name, value):
        schema = {"$ref": f"#/components/schemas/{name}", "components": self.document["components"]}
        validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
        return [error.message for error in validator.iter_errors(value)]

    def test_every_row_of_every_table_is_described(self):
        names = [path[1:] for path in self.document["paths"] if "/" not in path[1:] and path != "/"]
        self.assertGreater(len(names), 9)
        for name in names:
            for row in ask(f"{name}?limit=20", SECRET_KEY):
                self.assertEqual(self.complaints(name, row), [], name)
                self.assertEqual(set(row), set(self.document["components"]["schemas"][name]["properties"]), name)

    def test_an_error_is_described(self):
        for path in ("nothing", "products?id=eq.one", "products?select=nothing"):
            self.assertEqual(self.complaints("error.body", ask(path)), [])

    def test_a_form_takes_what_the_shop_takes(self):
        product = {"category_id": 5, "slug": "described", "title": "Described", "price_minor": 1}
        self.assertEqual(self.complaints("products.insert", product), [])
        self.assertEqual(self.complaints("products.update", {"title": "Changed", "weight_grams": None}), [])
        del product["title"]
        self.assertEqual(self.complaints("products.insert", product), ["'title' is a required property"])
        self.assertEqual(len(self.complaints("products.update", {"status": "sold"})), 1)
        self.assertEqual(len(self.complaints("products.update", {"title": None})), 1)


if __name__ == "__main__":
    unittest.main()
