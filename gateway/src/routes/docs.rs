//! `GET /docs`: the routes of this plane as a page; `GET /docs/openapi.json`: the same for programs. The page is
//! made here, from the description, and loads nothing from elsewhere.

use std::fmt::Write;
use std::sync::Arc;

use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Info, OpenApi};

/// Adds the two routes to a plane that `api` describes.
pub fn router(plane: &str, mut api: OpenApi) -> Router {
    api.info = Info::new(&format!("Kodanik gateway, {plane}"), &env!("CARGO_PKG_VERSION").to_owned());
    let page = Html(page(plane, &api));
    let api = Arc::new(api);
    Router::new()
        .route("/docs", get(move || std::future::ready(page.clone())))
        .route("/docs/openapi.json", get(move || std::future::ready(Json(api.as_ref().clone()))))
}

fn page(plane: &str, api: &OpenApi) -> String {
    let mut rows = String::new();
    for (path, item) in &api.paths.paths {
        for (method, operation) in operations(item) {
            let what = operation.summary.as_deref().or(operation.description.as_deref()).unwrap_or_default();
            let _ = write!(
                rows,
                "<tr><td>{method}</td><td><code>{}</code></td><td>{}</td></tr>",
                escape(path),
                sentence(what)
            );
        }
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Kodanik gateway: {plane}</title><style>{STYLE}</style><h1>Kodanik gateway</h1>\
         <p>Routes of the {plane}. For programs: <a href=\"/docs/openapi.json\">openapi.json</a>.</p>\
         <table><thead><tr><th>Method</th><th>Path</th><th>What it does</th></tr></thead><tbody>{rows}</tbody></table></html>"
    )
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

/// A line of a doc comment as HTML: what stands in backticks is code.
fn sentence(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(n, part)| if n % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) })
        .collect()
}

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// One quiet style for every page of the gateway: readable at 200 %, dark where the reader's system is dark.
pub(crate) const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884}\
body{font:1.05rem/1.55 system-ui,sans-serif;max-width:56rem;margin:2.5rem auto;padding:0 1.25rem}\
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
code{font-size:.92em;overflow-wrap:anywhere}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.quiet{opacity:.75}";
