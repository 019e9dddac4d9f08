//! What is answered where no route fits: sign-in first, then the method, then nothing.

use actix_web::{HttpRequest, HttpResponse};

use super::openapi;
use crate::people::Call;
use crate::platform::refusal::{Failure, Refusal};

pub(super) async fn nothing_here(
    request: HttpRequest,
    call: Call,
) -> Result<HttpResponse, Failure> {
    let (public, known) = methods_of(request.path());
    if request.path().starts_with("/api/") && !public {
        call.own_account().load(|_, _| Ok(())).await?;
    }
    if known.is_empty() {
        return Err(Failure::not_found());
    }
    Err(Refusal::WrongMethod(known.join(", ")).into())
}

/// The methods that the document knows for a path, and whether any of them is open to anyone.
fn methods_of(path: &str) -> (bool, Vec<&'static str>) {
    let (mut public, mut known) = (false, Vec::new());
    for (pattern, item) in &openapi().paths.paths {
        if !fits(pattern, path) {
            continue;
        }
        let operations = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        for (name, operation) in operations {
            if let Some(operation) = operation {
                known.push(name);
                if name == "GET" {
                    known.push("HEAD");
                }
                public |= operation.security.is_some();
            }
        }
    }
    (public, known)
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(p), Some(s)) if p == s || (p.starts_with('{') && !s.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_fit_paths_segment_by_segment() {
        for (pattern, path, yes) in [
            ("/a/{id}", "/a/7", true),
            ("/a/{id}", "/a/", false),
            ("/a/{id}", "/a/7/b", false),
            ("/a", "/a", true),
            ("/a", "/b", false),
        ] {
            assert_eq!(fits(pattern, path), yes, "{pattern} {path}");
        }
    }
}
