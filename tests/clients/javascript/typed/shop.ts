// A program that compiles against the types that `underpin types examples/shop` writes, and the mistakes that must not.
// Each @ts-expect-error is a mistake; a mistake that compiles is an error of its own.

import { createClient } from "@supabase/supabase-js";
import {
  Constants,
  type Database,
  type Enums,
  type Json,
  type Tables,
  type TablesInsert,
  type TablesUpdate,
} from "./database.types.js";

type Flat<T> = { [Key in keyof T]: T[Key] };
type Same<One, Other> =
  (<T>() => T extends Flat<One> ? 1 : 2) extends <T>() => T extends Flat<Other> ? 1 : 2 ? true : false;
function same<One, Other>(..._proof: Same<One, Other> extends true ? [] : ["the types differ"]): void {}

const shop = createClient<Database>("http://127.0.0.1:54321", "key");

// --- What is read

export async function read() {
  const { data } = await shop.from("products").select("id, title, price, tags, attributes, status").single();
  if (data === null) return;
  same<
    typeof data,
    {
      id: number;
      title: string;
      price: number | null;
      tags: string[];
      attributes: Json;
      status: "draft" | "active" | "archived";
    }
  >();
  // @ts-expect-error: not selected
  data.slug;

  const renamed = await shop.from("products").select("name:title, cents:price_minor::text").single();
  if (renamed.data === null) return;
  same<typeof renamed.data, { name: string; cents: string }>();

  const mistaken = await shop.from("products").select("titel").single();
  // @ts-expect-error: there is no column "titel"
  mistaken.data?.titel.length;

  // @ts-expect-error: there is no table "prodcts"
  shop.from("prodcts");
  // @ts-expect-error: a number is compared with a number
  shop.from("products").select().eq("id", "one");
  // @ts-expect-error: there is no column "colour"
  shop.from("products").select().eq("colour", "teal");
  // @ts-expect-error: no label of the enumeration
  shop.from("products").select().eq("status", "sold");
}

export async function embed() {
  const { data } = await shop
    .from("products")
    .select("title, categories(name), variants(sku, stock), seller:profiles!products_seller_id_fkey(handle)")
    .single();
  if (data === null) return;
  same<(typeof data)["categories"], { name: string }>();
  same<(typeof data)["variants"], { sku: string; stock: number }[]>();
  same<(typeof data)["seller"], { handle: string }>();

  const cart = await shop.from("profiles").select("handle, carts(id)").single();
  if (cart.data === null) return;
  same<(typeof cart.data)["carts"], { id: string } | null>();
}

export async function readView() {
  const { data } = await shop.from("product_listings").select("title, rating").single();
  if (data === null) return;
  same<typeof data, { title: string | null; rating: number | null }>();
}

// --- What is written

export async function write() {
  await shop.from("products").insert({ category_id: 5, slug: "lamp", title: "Lamp", price_minor: 1 });
  await shop.from("products").update({ price_minor: 2 }).eq("id", 1).maxAffected(1);
  // @ts-expect-error: the title is missing
  await shop.from("products").insert({ category_id: 5, slug: "lamp", price_minor: 1 });
  // @ts-expect-error: there is no column "colour"
  await shop.from("products").insert({ category_id: 5, slug: "lamp", title: "Lamp", price_minor: 1, colour: "red" });
  // @ts-expect-error: a text for a number
  await shop.from("products").update({ price_minor: "much" }).eq("id", 1);
  // @ts-expect-error: null where a value must be
  await shop.from("products").update({ title: null }).eq("id", 1);
  // @ts-expect-error: a view of two tables cannot be written
  await shop.from("product_listings").insert({ title: "Lamp" });
}

// --- What is called

export async function call() {
  const price = await shop.rpc("variant_price", { variant_id: 1 });
  same<typeof price.data, number | null>();
  const seller = await shop.rpc("is_seller");
  same<typeof seller.data, boolean | null>();
  // @ts-expect-error: there is no function "price_of"
  await shop.rpc("price_of", { variant_id: 1 });
  // @ts-expect-error: the argument is a number
  await shop.rpc("variant_price", { variant_id: "one" });
}

// --- The derived types

same<Tables<"categories">["parent_id"], number | null>();
same<Tables<"product_listings">["title"], string | null>();
same<Tables<{ schema: "public" }, "categories">, Tables<"categories">>();
same<TablesInsert<"categories">["id"], number | undefined>();
same<TablesUpdate<"categories">["slug"], string | undefined>();
same<Enums<"account_kind">, "customer" | "seller">();
same<Database["__InternalSupabase"]["PostgrestVersion"], "14.12">();
same<typeof Constants.public.Enums.account_kind, readonly ["customer", "seller"]>();

// @ts-expect-error: there is no table "prodcts"
export type Missing = Tables<"prodcts">;
// @ts-expect-error: there is no enumeration "kind"
export type MissingEnum = Enums<"kind">;
