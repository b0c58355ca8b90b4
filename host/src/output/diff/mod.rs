//! What moves between two sides, in every form: what people read is put together once, in `view`.

mod compared;
mod html;
mod json;
mod markdown;
mod text;
mod view;

pub(crate) use compared::Compared;
pub(crate) use html::html;
pub(crate) use json::json;
pub(crate) use markdown::markdown;
pub(crate) use text::text;
