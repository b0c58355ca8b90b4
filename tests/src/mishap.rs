//! What goes wrong, where and how often: laid over a mock vendor.

use crate::message::{Answer, Delivery, Request};

/// Something that goes wrong with some requests.
#[derive(Clone, Debug)]
pub struct Mishap {
    method: String,
    path: String,
    skip: u32,
    times: u32,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Instead(Answer),
    Delivered(Delivery),
}

/// What a mishap does to a request.
#[derive(Clone, Debug)]
pub enum Effect {
    /// The vendor never sees the request; this is answered.
    Instead(Answer),
    /// The vendor acts on the request; its answer is delivered like this.
    Delivered(Delivery),
}

impl Mishap {
    /// The next request to `on` is answered with `answer`; the vendor never sees it.
    ///
    /// `on` is a method and a path, in which `*` stands for one part: `GET /api/2/reports/*/stored`.
    #[must_use]
    pub fn instead(on: &str, answer: Answer) -> Mishap {
        Mishap::new(on, What::Instead(answer))
    }

    /// The vendor acts on the next request to `on`, but its answer is delivered in another way.
    #[must_use]
    pub fn delivered(on: &str, delivery: Delivery) -> Mishap {
        Mishap::new(on, What::Delivered(delivery))
    }

    fn new(on: &str, what: What) -> Mishap {
        let (method, path) = on.split_once(' ').unwrap_or(("GET", on));
        Mishap { method: method.to_owned(), path: path.to_owned(), skip: 0, times: 1, what }
    }

    /// So many requests in a row.
    #[must_use]
    pub fn times(self, times: u32) -> Mishap {
        Mishap { times, ..self }
    }

    /// Every request.
    #[must_use]
    pub fn always(self) -> Mishap {
        self.times(u32::MAX)
    }

    /// Only after so many requests have gone well.
    #[must_use]
    pub fn after(self, skip: u32) -> Mishap {
        Mishap { skip, ..self }
    }

    fn is_about(&self, request: &Request) -> bool {
        let wanted: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        let parts = request.segments();
        self.method == request.method
            && wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| *wanted == "*" || wanted == part)
    }
}

/// The mishaps still to come.
#[derive(Debug, Default)]
pub struct Mishaps(Vec<Mishap>);

impl Mishaps {
    /// Adds one; of several about the same request the first added acts first.
    pub fn add(&mut self, mishap: Mishap) {
        self.0.push(mishap);
    }

    /// What happens to this request, if anything; counts it.
    pub fn strike(&mut self, request: &Request) -> Option<Effect> {
        let mishap = self.0.iter_mut().find(|mishap| mishap.times > 0 && mishap.is_about(request))?;
        if mishap.skip > 0 {
            mishap.skip -= 1;
            return None;
        }
        if mishap.times != u32::MAX {
            mishap.times -= 1;
        }
        Some(match &mishap.what {
            What::Instead(answer) => Effect::Instead(answer.clone()),
            What::Delivered(delivery) => Effect::Delivered(delivery.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mishap_strikes_its_requests_and_no_more_than_told() {
        let mut mishaps = Mishaps::default();
        mishaps.add(Mishap::instead("GET /a/*/c", Answer::html()).after(1).times(2));
        let request = |head: &str| Request::from_head(head, Vec::new()).unwrap();
        let about = request("GET /a/b/c HTTP/1.1");
        assert!(mishaps.strike(&request("POST /a/b/c HTTP/1.1")).is_none());
        assert!(mishaps.strike(&request("GET /a/b HTTP/1.1")).is_none());
        let strikes: Vec<bool> = (0..4).map(|_| mishaps.strike(&about).is_some()).collect();
        assert_eq!(strikes, [false, true, true, false]);
    }
}
