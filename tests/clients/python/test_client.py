"""The Python client of Supabase against the running shop: the families of the data API, in short.

`cargo xtask test` starts a server on a fresh copy of the example and tells its address and keys in the environment.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import unittest

from postgrest.exceptions import APIError
from supabase import ClientOptions, create_client

URL = os.environ["SHOP_URL"]
PUBLISHABLE_KEY = os.environ["SHOP_PUBLISHABLE_KEY"]
SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
JWT_SECRET = os.environ["SHOP_JWT_SECRET"]


def seller_id(index):
    return f"a0000000-0000-4000-8000-{index:012d}"


def customer_id(index):
    return f"c0000000-0000-4000-8000-{index:012d}"


def token(**claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    body = {"role": "authenticated", "aud": "authenticated", "iat": now, "exp": now + 600, **claims}
    signed = part({"alg": "HS256", "typ": "JWT"}) + b"." + part(body)
    signature = hmac.new(JWT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def client(key=PUBLISHABLE_KEY, **claims):
    headers = {"Authorization": f"Bearer {token(**claims)}"} if claims else {}
    return create_client(URL, key, options=ClientOptions(headers=headers))


VISITOR = client()
SERVICE = client(SECRET_KEY)


class Reading(unittest.TestCase):
    def check(self, columns, expected):
        found = VISITOR.table("products").select(columns).eq("id", 1).execute()
        self.assertEqual(found.data, [expected])

    def test_columns_aliases_casts_and_paths(self):
        self.check("id, title", {"id": 1, "title": "Ebba Linen Lamp"})
        self.check("name:title", {"name": "Ebba Linen Lamp"})
        self.check("id::text, price", {"id": "1", "price": 173.5})
        self.check("attributes->size->width_cm, attributes->>colour", {"width_cm": 5, "colour": "clay"})

    def test_order_limit_range_and_count(self):
        ids = VISITOR.table("categories").select("id", count="exact").order("id", desc=True).limit(2).execute()
        self.assertEqual((ids.data, ids.count), ([{"id": 16}, {"id": 15}], 16))
        page = VISITOR.table("categories").select("id").order("id").range(5, 6).execute()
        self.assertEqual(page.data, [{"id": 6}, {"id": 7}])
        head = VISITOR.table("products").select("*", count="exact", head=True).execute()
        self.assertEqual(head.count, 913)

    def test_single_and_maybe_single(self):
        self.assertEqual(VISITOR.table("products").select("id").eq("id", 1).single().execute().data, {"id": 1})
        self.assertIsNone(VISITOR.table("products").select("id").eq("id", -1).maybe_single().execute())
        with self.assertRaises(APIError) as caught:
            VISITOR.table("products").select("id").eq("id", -1).single().execute()
        self.assertEqual(caught.exception.code, "PGRST116")

    def test_csv(self):
        text = VISITOR.table("products").select("id, tags").eq("id", 2).csv().execute().data
        self.assertEqual(text, 'id,tags\n2,"{refurbished,vegan}"')

    def test_errors_have_four_fields(self):
        with self.assertRaises(APIError) as caught:
            VISITOR.table("prodcts").select("*").execute()
        self.assertEqual(caught.exception.code, "PGRST205")
        self.assertEqual(caught.exception.message, "Could not find the table 'public.prodcts' in the schema cache")


class Filters(unittest.TestCase):
    def check(self, count, apply, table="products"):
        request = apply(VISITOR.table(table).select("*", count="exact", head=True))
        self.assertEqual(request.execute().count, count)

    def test_comparisons(self):
        self.check(1, lambda request: request.eq("slug", "ebba-linen-lamp"))
        self.check(912, lambda request: request.neq("slug", "ebba-linen-lamp"))
        self.check(13, lambda request: request.lt("price_minor", 1000))
        self.check(12, lambda request: request.gte("price_minor", 70000))

    def test_patterns(self):
        self.check(39, lambda request: request.like("title", "Alder %"))
        self.check(14, lambda request: request.ilike("title", "%BRASS%lamp"))
        self.check(70, lambda request: request.like_any_of("title", "Alder %,Birk %"))

    def test_null_lists_and_arrays(self):
        self.check(913, lambda request: request.is_("price_minor", "null"), "variants")
        self.check(160, lambda request: request.in_("category_id", [5, 6]))
        self.check(31, lambda request: request.contains("tags", ["gift", "new"]))
        self.check(252, lambda request: request.overlaps("tags", ["gift", "new"]))
        self.check(9, lambda request: request.contains("attributes", {"colour": "teal", "made_in": "JP"}))

    def test_logic(self):
        self.check(4, lambda request: request.or_("price_minor.lt.500,price_minor.gt.75000"))
        self.check(912, lambda request: request.not_.eq("slug", "ebba-linen-lamp"))
        self.check(1, lambda request: request.match({"slug": "ebba-linen-lamp", "status": "active"}))
        self.check(88, lambda request: request.eq("attributes->>material", "cork"))


class Embeds(unittest.TestCase):
    def test_every_cardinality(self):
        columns = "id, categories(slug), seller:profiles!products_seller_id_fkey(handle), variants(sku)"
        found = VISITOR.table("products").select(columns).eq("id", 1).execute().data
        self.assertEqual(
            found,
            [
                {
                    "id": 1,
                    "categories": {"slug": "lamps"},
                    "seller": {"handle": "north_and_pine"},
                    "variants": [{"sku": "LMP-0001-1"}],
                }
            ],
        )
        owner = client(sub=customer_id(1))
        cart = owner.table("carts").select("profiles(handle), variants(sku)").order("sku", foreign_table="variants")
        self.assertEqual(
            cart.execute().data,
            [
                {
                    "profiles": {"handle": "amara_1"},
                    "variants": [{"sku": "MUG-0352-1"}, {"sku": "PEN-0227-1"}, {"sku": "PEN-0707-1"}],
                }
            ],
        )

    def test_inner_and_filters(self):
        request = VISITOR.table("products").select("id, reviews!inner(rating)").in_("id", [1, 2]).eq("reviews.rating", 4)
        self.assertEqual(request.execute().data, [{"id": 1, "reviews": [{"rating": 4}]}])

    def test_spread(self):
        request = VISITOR.table("products").select("id, ...categories(category:slug)").eq("id", 1)
        self.assertEqual(request.execute().data, [{"id": 1, "category": "lamps"}])

    def test_ambiguity_is_named(self):
        with self.assertRaises(APIError) as caught:
            client(sub=customer_id(1)).table("orders").select("addresses(city)").execute()
        self.assertEqual(caught.exception.code, "PGRST201")


class Writing(unittest.TestCase):
    def setUp(self):
        self.product = {
            "seller_id": seller_id(1),
            "category_id": 5,
            "slug": f"python-{os.getpid()}",
            "title": "Python Lamp",
            "price_minor": 1234,
            "status": "active",
        }
        self.addCleanup(lambda: SERVICE.table("products").delete().like("slug", f"python-{os.getpid()}%").execute())

    def test_insert_update_delete(self):
        made = SERVICE.table("products").insert(self.product).execute().data[0]
        self.assertEqual((made["price"], made["currency"], made["tags"]), (12.34, "EUR", []))
        changed = SERVICE.table("products").update({"title": "Lit"}).eq("id", made["id"]).execute().data[0]
        self.assertEqual(changed["search"], "lit ")
        gone = SERVICE.table("products").delete(count="exact").eq("id", made["id"]).execute()
        self.assertEqual((gone.count, gone.data[0]["id"]), (1, made["id"]))

    def test_insert_many_without_an_answer(self):
        second = {**self.product, "slug": self.product["slug"] + "-2"}
        made = SERVICE.table("products").insert([self.product, second], returning="minimal", count="exact").execute()
        self.assertEqual(made.count, 2)

    def test_upsert(self):
        SERVICE.table("products").insert(self.product).execute()
        again = {**self.product, "title": "Again"}
        found = SERVICE.table("products").upsert(again, on_conflict="slug").execute().data
        self.assertEqual([row["title"] for row in found], ["Again"])
        ignored = SERVICE.table("products").upsert(again, on_conflict="slug", ignore_duplicates=True).execute()
        self.assertEqual(ignored.data, [])

    def test_refusals(self):
        for values, code in [
            ({"slug": "ebba-linen-lamp"}, "23505"),
            ({"title": None}, "23502"),
            ({"price_minor": 0}, "23514"),
            ({"category_id": 999}, "23503"),
            ({"price_minor": "much"}, "22P02"),
            ({"colour": "red"}, "PGRST204"),
        ]:
            with self.subTest(code=code), self.assertRaises(APIError) as caught:
                SERVICE.table("products").insert({**self.product, **values}).execute()
            self.assertEqual(caught.exception.code, code)


class Policies(unittest.TestCase):
    def test_who_sees_what(self):
        def count(asker, table):
            return asker.table(table).select("*", count="exact", head=True).execute().count

        self.assertEqual([count(VISITOR, "products"), count(client(sub=seller_id(1)), "products")], [913, 949])
        self.assertEqual([count(client(sub=customer_id(1)), "orders"), count(client(sub=seller_id(1)), "orders")], [4, 23])

    def test_a_write_past_the_policies_is_refused(self):
        product = {"category_id": 5, "slug": "python-refused", "title": "Not Mine", "price_minor": 1}
        with self.assertRaises(APIError) as caught:
            client(sub=customer_id(1)).table("products").insert(product).execute()
        self.assertEqual(caught.exception.code, "42501")
        found = client(sub=customer_id(1)).table("products").update({"title": "Mine"}).eq("id", 1).execute()
        self.assertEqual(found.data, [])


if __name__ == "__main__":
    unittest.main()
