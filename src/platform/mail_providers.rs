//! Mail providers where anyone can have a mailbox: a domain of theirs says nothing about where a
//! person belongs.

/// Providers with a domain in many countries: `yahoo.fr`, `hotmail.co.uk`, `live.com.ar`.
const FAMILIES: &[&str] = &[
    "aol",
    "freenet",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "icloud",
    "live",
    "mailfence",
    "msn",
    "outlook",
    "protonmail",
    "rediffmail",
    "rocketmail",
    "tutanota",
    "windowslive",
    "yahoo",
    "yandex",
    "ymail",
    "zoho",
    "zohomail",
];

/// Providers with one domain or a few.
const DOMAINS: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "aim.com",
    "alice.it",
    "arcor.de",
    "att.net",
    "bell.net",
    "bellsouth.net",
    "bigpond.com",
    "bk.ru",
    "blueyonder.co.uk",
    "bluewin.ch",
    "bol.com.br",
    "btinternet.com",
    "centurylink.net",
    "charter.net",
    "comcast.net",
    "cox.net",
    "duck.com",
    "earthlink.net",
    "email.com",
    "embarqmail.com",
    "excite.com",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "frontier.com",
    "frontiernet.net",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "inbox.ru",
    "interia.pl",
    "juno.com",
    "keemail.me",
    "laposte.net",
    "libero.it",
    "list.ru",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "naver.com",
    "netscape.net",
    "netzero.net",
    "ntlworld.com",
    "o2.pl",
    "onet.pl",
    "optimum.net",
    "optonline.net",
    "optusnet.com.au",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "ptd.net",
    "qq.com",
    "rcn.com",
    "roadrunner.com",
    "rogers.com",
    "rr.com",
    "runbox.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "sky.com",
    "snet.net",
    "spectrum.net",
    "startmail.com",
    "suddenlink.net",
    "swbell.net",
    "sympatico.ca",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "telus.net",
    "terra.com.br",
    "tuta.com",
    "tuta.io",
    "tutamail.com",
    "uol.com.br",
    "usa.net",
    "verizon.net",
    "videotron.ca",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "windstream.net",
    "wp.pl",
    "xtra.co.nz",
    "ya.ru",
];

/// Whether anyone can have a mailbox at a domain.
pub fn is_public(domain: &str) -> bool {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    if DOMAINS.contains(&domain.as_str()) {
        return true;
    }
    domain
        .split_once('.')
        .is_some_and(|(label, rest)| FAMILIES.contains(&label) && ends_a_name(rest))
}

/// Whether this is what stands behind a provider's name: `com`, `fr`, `co.uk`, `com.br`.
fn ends_a_name(rest: &str) -> bool {
    let is_country = |label: &str| label.len() == 2;
    match rest.split_once('.') {
        None => matches!(rest, "com" | "net" | "org") || is_country(rest),
        Some((second, country)) => {
            matches!(second, "co" | "com" | "net" | "org") && is_country(country)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_known_in_every_country() {
        for (domain, public) in [
            ("gmail.com", true),
            ("Yahoo.fr", true),
            ("yahoo.co.uk", true),
            ("live.com.ar", true),
            ("gmx.net", true),
            ("comcast.net", true),
            ("t-online.de", true),
            ("yahoo", false),
            ("live.lawrence.example", false),
            ("outlook.lawrence.gov", false),
            ("mit.edu", false),
            ("cityoflawrence.com", false),
        ] {
            assert_eq!(is_public(domain), public, "{domain}");
        }
    }
}
