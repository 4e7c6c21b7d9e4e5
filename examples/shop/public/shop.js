// The storefront: a list with filters, and a page per product. Everything shown is text from the API, so it is put into the
// page as text nodes, never as HTML.

const PAGE_SIZE = 24;

const SORTS = {
  newest: { label: "Newest", column: "created_at", ascending: false },
  rated: { label: "Best rated", column: "rating", ascending: false },
  cheap: { label: "Price, low to high", column: "price_minor", ascending: true },
  dear: { label: "Price, high to low", column: "price_minor", ascending: false },
};

const TAGS = ["bestseller", "gift", "handmade", "limited", "new", "organic", "recycled", "refurbished", "repairable", "vegan"];

const client = connect();
const main = document.querySelector("#main");
const search = document.querySelector("#search");
let categories = [];

// Without a key the request is a visitor's too; the library insists on one, so it is taken off on the way out.
function connect() {
  const key = globalThis.SHOP_CONFIG?.publishableKey;
  if (key) return globalThis.supabase.createClient(location.origin, key);
  const anonymous = (input, options) => {
    const headers = new Headers(options.headers);
    headers.delete("apikey");
    headers.delete("authorization");
    return fetch(input, { ...options, headers });
  };
  return globalThis.supabase.createClient(location.origin, "none", { global: { fetch: anonymous } });
}

// --- Building elements

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function picture(product) {
  const image = product.images?.[0] ?? { path: "/images/shapes.svg#mugs", alt: product.title };
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 120 120");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", image.alt);
  const use = document.createElementNS(namespace, "use");
  // Only pictures of this site: the path is a seller's text.
  use.setAttribute("href", image.path.startsWith("/images/") ? image.path : "/images/shapes.svg#mugs");
  svg.append(use);
  const frame = element("div", { class: "picture" }, svg);
  const tint = product.attributes?.hex;
  if (/^#[0-9a-f]{6}$/i.test(tint ?? "")) frame.style.setProperty("--tint", tint);
  return frame;
}

function money(minor, currency) {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(minor / 100);
}

function stars(rating, count) {
  if (!count) return element("span", { class: "stars" }, element("small", {}, "No reviews yet"));
  const full = Math.round(rating);
  return element(
    "span",
    { class: "stars", title: `${rating} of 5` },
    "★".repeat(full) + "☆".repeat(5 - full),
    element("small", {}, ` ${count}`),
  );
}

function show(...children) {
  main.replaceChildren(...children);
  main.removeAttribute("aria-busy");
}

// --- Where we are: #/?text=…&category=…&tag=…&sort=…&page=… or #/products/SLUG

function place() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
  const product = /^\/products\/([^/]+)$/.exec(path);
  return { product: product && decodeURIComponent(product[1]), query: Object.fromEntries(new URLSearchParams(query)) };
}

function address(query) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(kept).toString();
  return text ? `#/?${text}` : "#/";
}

// --- The list

async function list(query) {
  const page = Math.max(1, Number.parseInt(query.page ?? "1", 10) || 1);
  const sort = SORTS[query.sort] ?? SORTS.newest;

  let request = client
    .from("product_listings")
    .select("id, slug, title, images, attributes, price_minor, currency, category_name, rating, reviews_count, in_stock", {
      count: "exact",
    });
  for (const word of (query.text ?? "").toLowerCase().split(/\s+/).filter(Boolean)) {
    request = request.like("search", `%${word.replace(/[%_\\*]/g, "")}%`);
  }
  if (query.category) {
    const chosen = categories.find((category) => category.slug === query.category);
    const below = categories.filter((category) => category.parent_id === chosen?.id);
    request = request.in("category_slug", [query.category, ...below.map((category) => category.slug)]);
  }
  if (query.tag) request = request.contains("tags", [query.tag]);

  const { data, count, error } = await request
    .order(sort.column, { ascending: sort.ascending, nullsFirst: false })
    .order("id")
    .range((page - 1) * PAGE_SIZE, page * PAGE_SIZE - 1);
  if (error) throw error;

  const title = query.text
    ? `“${query.text}”`
    : (categories.find((category) => category.slug === query.category)?.name ?? "Everything");
  document.title = `${title} · Common Goods`;

  const products = data.length
    ? element("ul", { class: "grid" }, data.map(card))
    : element("p", { class: "empty" }, "Nothing here fits. Try fewer filters or another word.");
  show(
    element(
      "div",
      { class: "catalogue" },
      filters(query),
      element("section", {}, summary(title, count, query), products, pages(page, count, query)),
    ),
  );
}

function card(product) {
  return element(
    "li",
    {},
    element(
      "a",
      { class: "product", href: `#/products/${encodeURIComponent(product.slug)}` },
      picture(product),
      element(
        "div",
        { class: "text" },
        element("h2", {}, product.title),
        element("span", { class: "meta" }, product.category_name),
        stars(product.rating, product.reviews_count),
        element(
          "div",
          { class: "foot" },
          element("span", { class: "price" }, money(product.price_minor, product.currency)),
          product.in_stock ? null : element("span", { class: "sold-out" }, "Sold out"),
        ),
      ),
    ),
  );
}

function filters(query) {
  const link = (label, change, current) =>
    element("a", { href: address({ ...query, page: undefined, ...change }), "aria-current": current ? "true" : null }, label);
  const children = (parent) => categories.filter((category) => category.parent_id === parent);
  const branch = (category) =>
    element(
      "li",
      {},
      link(category.name, { category: category.slug }, query.category === category.slug),
      children(category.id).length ? element("ul", {}, children(category.id).map(branch)) : null,
    );
  return element(
    "nav",
    { class: "filters", "aria-label": "Filters" },
    element("h2", {}, "Categories"),
    element("ul", {}, element("li", {}, link("Everything", { category: undefined }, !query.category)), children(null).map(branch)),
    element("h2", {}, "Tags"),
    element(
      "div",
      { class: "tags" },
      TAGS.map((tag) => link(tag, { tag: query.tag === tag ? undefined : tag }, query.tag === tag)),
    ),
  );
}

function summary(title, count, query) {
  const select = element(
    "select",
    { "aria-label": "Sort by" },
    Object.entries(SORTS).map(([name, sort]) =>
      element("option", { value: name, selected: (query.sort ?? "newest") === name ? "" : null }, sort.label),
    ),
  );
  select.addEventListener("change", () => {
    location.hash = address({ ...query, sort: select.value, page: undefined });
  });
  const products = count === 1 ? "1 product" : `${count} products`;
  return element("div", { class: "summary" }, element("h1", {}, title, " ", element("small", { id: "count" }, products)), select);
}

function pages(page, count, query) {
  const last = Math.max(1, Math.ceil(count / PAGE_SIZE));
  if (last === 1) return null;
  const link = (label, target) => element("a", { href: address({ ...query, page: target }) }, label);
  return element(
    "nav",
    { class: "pages", "aria-label": "Pages" },
    page > 1 ? link("Previous", page - 1) : null,
    `Page ${page} of ${last}`,
    page < last ? link("Next", page + 1) : null,
  );
}

// --- One product

async function product(slug) {
  const { data, error } = await client
    .from("products")
    .select(
      `id, title, description, tags, attributes, images, price_minor, currency,
       category:categories (slug, name),
       seller:profiles!products_seller_id_fkey (display_name, bio),
       variants (id, name, sku, price_minor, stock),
       reviews (rating, title, body, created_at, author:profiles (display_name))`,
    )
    .eq("slug", slug)
    .order("id", { referencedTable: "variants" })
    .order("created_at", { referencedTable: "reviews", ascending: false })
    .maybeSingle();
  if (error) throw error;
  if (!data) {
    show(element("p", { class: "empty" }, "This product is not for sale. ", element("a", { href: "#/" }, "Back to everything")));
    return;
  }

  document.title = `${data.title} · Common Goods`;
  const average = data.reviews.reduce((sum, review) => sum + review.rating, 0) / (data.reviews.length || 1);
  show(
    element(
      "p",
      { class: "crumbs" },
      element("a", { href: "#/" }, "Everything"),
      " / ",
      element("a", { href: address({ category: data.category.slug }) }, data.category.name),
    ),
    element(
      "div",
      { class: "detail" },
      picture(data),
      element(
        "section",
        {},
        element("h1", {}, data.title),
        stars(average, data.reviews.length),
        element("p", { class: "price" }, money(data.price_minor, data.currency)),
        element("p", {}, data.description),
        element("div", { class: "tags" }, data.tags.map((tag) => element("span", { class: "tag" }, tag))),
        variantTable(data),
        properties(data),
      ),
    ),
    reviewList(data.reviews),
  );
}

function variantTable(product) {
  const row = (variant) =>
    element(
      "tr",
      {},
      element("td", {}, variant.name),
      element("td", { class: "price" }, money(variant.price_minor ?? product.price_minor, product.currency)),
      element("td", {}, variant.stock > 0 ? `${variant.stock} in stock` : element("span", { class: "sold-out" }, "Sold out")),
    );
  return element(
    "table",
    { id: "variants" },
    element("thead", {}, element("tr", {}, ["Variant", "Price", "Stock"].map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, product.variants.map(row)),
  );
}

function properties(product) {
  const { colour, material, made_in: origin, warranty_years: warranty } = product.attributes;
  const rows = { Sold: product.seller && `by ${product.seller.display_name}`, Colour: colour, Material: material, "Made in": origin, Warranty: warranty && (warranty === 1 ? "one year" : `${warranty} years`) };
  return element(
    "dl",
    {},
    Object.entries(rows).filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

function reviewList(reviews) {
  const review = ({ rating, title, body, author, created_at: written }) =>
    element(
      "article",
      {},
      element("h3", {}, title),
      element("span", { class: "stars" }, "★".repeat(rating)),
      element("p", {}, body),
      element("small", {}, `${author?.display_name ?? "A customer"}, ${new Date(written).toLocaleDateString("en", { dateStyle: "long" })}`),
    );
  return element(
    "section",
    { class: "reviews", id: "reviews" },
    element("h2", {}, "Reviews"),
    reviews.length ? reviews.map(review) : element("p", {}, "Nobody has reviewed this yet."),
  );
}

// --- Moving about

async function render() {
  const { product: slug, query } = place();
  main.setAttribute("aria-busy", "true");
  search.value = query.text ?? "";
  try {
    if (categories.length === 0) {
      const { data, error } = await client.from("categories").select("id, parent_id, slug, name").order("position");
      if (error) throw error;
      categories = data;
    }
    await (slug ? product(slug) : list(query));
    scrollTo({ top: 0 });
  } catch (error) {
    show(element("p", { class: "failure" }, `The shop could not be reached: ${error.message}`));
  }
}

document.querySelector(".search").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = address({ ...(place().product ? {} : place().query), text: search.value.trim(), page: undefined });
});
addEventListener("hashchange", render);
render();
