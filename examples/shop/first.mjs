import { createClient } from "@supabase/supabase-js";

const shop = createClient("http://127.0.0.1:54321", process.env.KEY);
const { data, error } = await shop
  .from("product_listings")
  .select("title, price, rating, variants (name, stock)")
  .eq("category_slug", "lamps")
  .order("rating", { ascending: false, nullsFirst: false })
  .limit(3);
console.log(error ?? JSON.stringify(data, null, 2));
