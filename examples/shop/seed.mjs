// Writes seed.sql: the same bytes every time it runs.
//
//   node examples/shop/seed.mjs
//
// Rows that others refer to by number (categories, products, variants) get their numbers from their identity columns, in the
// order in which they are inserted into the empty tables.

import { writeFileSync } from "node:fs";

const PRODUCTS = 1000;
const ROWS_PER_STATEMENT = 100;

// Mulberry32: a small generator of pseudo-random numbers whose sequence depends on the seed alone.
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = generator(20260105);
const integer = (low, high) => low + Math.floor(random() * (high - low + 1));
const pick = (list) => list[integer(0, list.length - 1)];
const chance = (probability) => random() < probability;

function sample(list, count) {
  const rest = [...list];
  const taken = [];
  while (taken.length < count && rest.length > 0) {
    taken.push(rest.splice(integer(0, rest.length - 1), 1)[0]);
  }
  return taken;
}

// --- SQL literals

const text = (value) => (value === null ? "null" : `'${String(value).replaceAll("'", "''")}'`);
const json = (value) => text(JSON.stringify(value));
const array = (values) => text(`{${values.join(",")}}`);
const number = (value) => (value === null ? "null" : String(value));

const output = ["-- Written by seed.mjs; do not edit.\n"];

function insert(table, columns, rows) {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const part = rows.slice(start, start + ROWS_PER_STATEMENT).map((row) => `  (${row.join(", ")})`);
    output.push(`insert into ${table} (${columns.join(", ")}) values\n${part.join(",\n")};\n`);
  }
}

// Minutes after the first of June 2025, so that times differ and sort.
function time(minutes) {
  return new Date(Date.UTC(2025, 5, 1) + minutes * 60_000).toISOString().replace(".000Z", "+00");
}

// --- People

const sellerId = (index) => `a0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const customerId = (index) => `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const addressId = (index) => `d0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const cartId = (index) => `e0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const orderId = (index) => `f0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

const sellers = [
  ["north_and_pine", "North & Pine", "Furniture and lamps from small workshops in the north."],
  ["clayhouse", "Clayhouse", "Stoneware, pans and knives. We fire on Thursdays."],
  ["far_meadow", "Far Meadow", "Tents, packs and bottles, repaired for free for ten years."],
  ["inkwell", "Inkwell & Daughters", "Paper, pens and quiet headphones since 1987."],
].map(([handle, name, bio], index) => ({ id: sellerId(index + 1), handle, name, bio }));

const customers = [
  "Amara Diallo", "Benoît Laurent", "Chiara Rossi", "Dmitri Volkov", "Elif Kaya", "Finn O'Brien",
  "Grace Mensah", "Hana Sato", "Ivo Novák", "Júlia Costa", "Kofi Asante", "Lena Schmidt",
].map((name, index) => ({
  id: customerId(index + 1),
  handle: name.split(" ")[0].normalize("NFD").replace(/[^A-Za-z]/g, "").toLowerCase() + "_" + (index + 1),
  name,
}));

const people = [
  ...sellers.map((person) => ({ ...person, kind: "seller" })),
  ...customers.map((person) => ({ ...person, kind: "customer", bio: null })),
];

insert(
  "auth.users",
  ["id", "aud", "role", "email", "raw_user_meta_data", "created_at", "updated_at"],
  people.map((person, index) => [
    text(person.id), "'authenticated'", "'authenticated'", text(`${person.handle}@shop.example`),
    json({ name: person.name }), text(time(index)), text(time(index)),
  ]),
);

insert(
  "public.profiles",
  ["id", "handle", "display_name", "kind", "bio", "created_at"],
  people.map((person, index) => [
    text(person.id), text(person.handle), text(person.name), text(person.kind), text(person.bio), text(time(index)),
  ]),
);

// --- Categories: four roots, then their children

const roots = [
  ["home", "Home"], ["kitchen", "Kitchen"], ["outdoors", "Outdoors"], ["studio", "Studio"],
];

const kinds = [
  { root: 1, slug: "lamps", name: "Lamps", noun: "Lamp", code: "LMP", prices: [3900, 24900], grams: [600, 4000], sizes: ["Small", "Medium", "Large"] },
  { root: 1, slug: "chairs", name: "Chairs", noun: "Chair", code: "CHR", prices: [8900, 59900], grams: [3000, 9000], sizes: ["Low", "High"] },
  { root: 1, slug: "rugs", name: "Rugs", noun: "Rug", code: "RUG", prices: [5900, 39900], grams: [1500, 8000], sizes: ["80 × 140", "140 × 200", "200 × 300"] },
  { root: 2, slug: "mugs", name: "Mugs", noun: "Mug", code: "MUG", prices: [900, 3900], grams: [200, 500], sizes: ["200 ml", "300 ml", "400 ml"] },
  { root: 2, slug: "knives", name: "Knives", noun: "Knife", code: "KNF", prices: [2900, 18900], grams: [80, 400], sizes: ["Paring", "Chef", "Bread"] },
  { root: 2, slug: "pans", name: "Pans", noun: "Pan", code: "PAN", prices: [3900, 15900], grams: [900, 3000], sizes: ["20 cm", "24 cm", "28 cm"] },
  { root: 3, slug: "tents", name: "Tents", noun: "Tent", code: "TNT", prices: [14900, 79900], grams: [1200, 5000], sizes: ["One person", "Two persons", "Four persons"] },
  { root: 3, slug: "backpacks", name: "Backpacks", noun: "Backpack", code: "BPK", prices: [5900, 24900], grams: [500, 2200], sizes: ["20 l", "35 l", "60 l"] },
  { root: 3, slug: "bottles", name: "Bottles", noun: "Bottle", code: "BTL", prices: [1400, 4900], grams: [150, 600], sizes: ["500 ml", "750 ml", "1 l"] },
  { root: 4, slug: "notebooks", name: "Notebooks", noun: "Notebook", code: "NTB", prices: [700, 3400], grams: [100, 600], sizes: ["A6", "A5", "A4"] },
  { root: 4, slug: "pens", name: "Pens", noun: "Pen", code: "PEN", prices: [400, 8900], grams: [10, 60], sizes: ["Fine", "Medium", "Broad"] },
  { root: 4, slug: "headphones", name: "Headphones", noun: "Headphones", code: "HDP", prices: [4900, 34900], grams: [150, 400], sizes: ["On-ear", "Over-ear"] },
];

insert(
  "public.categories",
  ["parent_id", "slug", "name", "position"],
  [
    ...roots.map(([slug, name], index) => ["null", text(slug), text(name), number(index)]),
    ...kinds.map((kind, index) => [number(kind.root), text(kind.slug), text(kind.name), number(index)]),
  ],
);

// --- Products and variants

const collections = [
  "Alder", "Birk", "Cala", "Dune", "Ebba", "Fjord", "Gale", "Hollin", "Isla", "Juno", "Kelda", "Lumen", "Mira", "Nord",
  "Olea", "Pernille", "Quill", "Rowan", "Sol", "Tarn", "Umbra", "Vela", "Wren", "Yarrow", "Zephyr",
];
const materials = ["Ash", "Brass", "Canvas", "Cork", "Linen", "Oak", "Steel", "Stone", "Walnut", "Wool"];
const colours = [
  ["amber", "#d9922e"], ["brick", "#b4533c"], ["clay", "#c08a6c"], ["fern", "#5c8a4c"], ["ink", "#34405e"],
  ["moss", "#79824a"], ["plum", "#7d4a68"], ["sand", "#c9b78e"], ["sky", "#5f93b5"], ["teal", "#3f8583"],
];
const tags = ["bestseller", "gift", "handmade", "limited", "new", "organic", "recycled", "refurbished", "repairable", "vegan"];
const countries = ["DE", "DK", "FR", "IT", "JP", "PT", "SE"];
const sentences = [
  "Made in small batches and checked by hand.", "Simple enough to last.", "Every part can be replaced.",
  "It ages well and says so.", "Packed without plastic.", "A favourite of our own workshop.",
  "Light to carry, hard to break.", "Designed with people who use it every day.",
];

const products = [];
const variants = [];
const slugs = new Set();

while (products.length < PRODUCTS) {
  const index = products.length;
  const kind = kinds[index % kinds.length];
  const material = pick(materials);
  const title = `${pick(collections)} ${material} ${kind.noun}`;
  const base = title.toLowerCase().replaceAll(" ", "-");
  let slug = base;
  for (let edition = 2; slugs.has(slug); edition += 1) slug = `${base}-${edition}`;
  slugs.add(slug);

  const [colour, hex] = pick(colours);
  const status = index < 60 ? "active" : chance(0.94) ? "active" : chance(0.6) ? "draft" : "archived";
  const productTags = sample(tags, integer(0, 3)).sort();
  if (kind.slug === "knives" && chance(0.25)) productTags.unshift("adults-only");
  const price = Math.round(integer(...kind.prices) / 50) * 50;

  products.push({
    seller: sellers[kind.root - 1].id,
    category: roots.length + (index % kinds.length) + 1,
    slug,
    title,
    description: `${kind.noun} of ${material.toLowerCase()} in ${colour}. ${sample(sentences, 2).join(" ")}`,
    tags: productTags,
    attributes: {
      colour, hex, material: material.toLowerCase(), made_in: pick(countries), warranty_years: integer(1, 10),
      size: { width_cm: integer(5, 120), height_cm: integer(5, 180) },
    },
    images: [{ path: `/images/shapes.svg#${kind.slug}`, alt: `${title} in ${colour}` }],
    price,
    status,
    created: time(1000 + index * 97),
    grams: integer(...kind.grams),
  });

  const names = kind.sizes.slice(0, integer(1, kind.sizes.length));
  names.forEach((name, position) => {
    variants.push({
      product: index + 1,
      sku: `${kind.code}-${String(index + 1).padStart(4, "0")}-${position + 1}`,
      name,
      options: { size: name, colour },
      price: position === 0 ? null : price + position * Math.round(price / 500) * 100 + 50,
      stock: chance(0.12) ? 0 : integer(1, 80),
    });
  });
}

insert(
  "public.products",
  [
    "seller_id", "category_id", "slug", "title", "description", "tags", "attributes", "images", "price_minor", "status",
    "created_at", "weight_grams",
  ],
  products.map((product) => [
    text(product.seller), number(product.category), text(product.slug), text(product.title), text(product.description),
    array(product.tags), json(product.attributes), json(product.images), number(product.price), text(product.status),
    text(product.created), number(product.grams),
  ]),
);

insert(
  "public.variants",
  ["product_id", "sku", "name", "options", "price_minor", "stock"],
  variants.map((variant) => [
    number(variant.product), text(variant.sku), text(variant.name), json(variant.options), number(variant.price),
    number(variant.stock),
  ]),
);

// --- Addresses, carts and orders

const cities = [
  ["10115", "Berlin", "DE"], ["75011", "Paris", "FR"], ["00184", "Roma", "IT"], ["1100-148", "Lisboa", "PT"],
  ["116 21", "Stockholm", "SE"], ["1620", "København", "DK"],
];

insert(
  "public.addresses",
  ["id", "owner_id", "label", "recipient", "street", "postal_code", "city", "country", "is_default", "created_at"],
  customers.map((customer, index) => {
    const [postal, city, country] = cities[index % cities.length];
    return [
      text(addressId(index + 1)), text(customer.id), "'Home'", text(customer.name), text(`Market Street ${integer(1, 150)}`),
      text(postal), text(city), text(country), "true", text(time(50 + index)),
    ];
  }),
);

const active = products.map((product, index) => ({ ...product, id: index + 1 })).filter((product) => product.status === "active");
const variantsOf = (id) =>
  variants.map((variant, index) => ({ ...variant, id: index + 1 })).filter((variant) => variant.product === id);

const carts = customers.slice(0, 4);
insert(
  "public.carts",
  ["id", "owner_id", "updated_at"],
  carts.map((customer, index) => [text(cartId(index + 1)), text(customer.id), text(time(200_000 + index))]),
);
insert(
  "public.cart_items",
  ["cart_id", "variant_id", "quantity", "added_at"],
  carts.flatMap((_, index) =>
    sample(active, 3).map((product) => [
      text(cartId(index + 1)), number(variantsOf(product.id)[0].id), number(integer(1, 3)), text(time(200_000 + index)),
    ]),
  ),
);

const statuses = ["pending", "paid", "shipped", "delivered", "cancelled"];
const orders = [];
const lines = [];

for (let index = 0; index < 40; index += 1) {
  const buyer = index % customers.length;
  const status = statuses[index % statuses.length];
  orders.push([
    text(orderId(index + 1)), text(`CG-${String(index + 1).padStart(4, "0")}`), text(customers[buyer].id), text(addressId(buyer + 1)), text(addressId(buyer + 1)), text(status),
    index % 7 === 0 ? "'Please ring twice.'" : "null", text(time(210_000 + index * 311)),
  ]);
  sample(active, integer(1, 4)).forEach((product, position) => {
    const variant = pick(variantsOf(product.id));
    lines.push([
      text(orderId(index + 1)), number(position + 1), number(product.id), number(variant.id), text(product.title),
      number(integer(1, 3)), number(variant.price ?? product.price),
    ]);
  });
}

insert(
  "public.orders",
  ["id", "reference", "customer_id", "shipping_address_id", "billing_address_id", "status", "note", "placed_at"],
  orders,
);
insert(
  "public.order_lines",
  ["order_id", "line", "product_id", "variant_id", "title", "quantity", "unit_price_minor"],
  lines,
);

// --- Reviews: by customers two to twelve, so that the first one has bought things and said nothing yet

const opinions = {
  1: ["Not for me", "Broke after a week."], 2: ["Hm", "I had expected more for the price."],
  3: ["Fine", "Does what it should."], 4: ["Very good", "Better than the photo."],
  5: ["Love it", "I use it every day and would buy it again."],
};

const reviews = [];
for (const product of active) {
  for (const author of sample(customers.slice(1), integer(0, 4))) {
    const rating = Math.min(5, Math.max(1, Math.round(2.6 + random() * 2.9)));
    const [title, body] = opinions[rating];
    reviews.push([
      number(product.id), text(author.id), number(rating), text(title), text(body), text(time(215_000 + reviews.length * 13)),
    ]);
  }
}
insert("public.reviews", ["product_id", "author_id", "rating", "title", "body", "created_at"], reviews);

writeFileSync(new URL("seed.sql", import.meta.url), output.join("\n"));
console.log(
  `seed.sql: ${people.length} people, ${products.length} products, ${variants.length} variants, ` +
    `${orders.length} orders, ${reviews.length} reviews`,
);
