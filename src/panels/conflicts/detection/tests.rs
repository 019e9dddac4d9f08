use super::*;

fn reviewer() -> ReviewerFacts {
    ReviewerFacts {
        person: PersonId(7),
        name: "Jane Q. Alvarez".into(),
        email: "jane@harborbank.example".into(),
        organisations: vec!["Harbor Community Bank, Inc.".into()],
        home_cities: vec!["Salem, MA".into()],
    }
}

fn unrelated() -> CoalitionFacts {
    CoalitionFacts {
        organisations: vec!["Fitchburg State University".into()],
        addresses: vec!["ana@fitchburg.example".into()],
        places: vec![PlaceFacts {
            name: "Fitchburg".into(),
            region: "Massachusetts".into(),
            mail_domain: Some("fitchburgma.example".into()),
        }],
        members: vec![PersonId(1)],
        member_names: vec!["Ana Ruiz".into()],
        seats: vec![SeatFacts {
            person: Some(PersonId(2)),
            holder_name: "Bo Chen".into(),
            organisation: "Fitchburg Schools".into(),
        }],
        namings: vec![],
        texts: vec![text(
            "The bank of the river was raised; harbor trade ended.",
        )],
    }
}

fn text(text: &str) -> ProposalText {
    ProposalText {
        heading: "Partners".into(),
        text: text.into(),
    }
}

fn kinds(coalition: &CoalitionFacts) -> Vec<(ConflictKind, ConflictSource)> {
    detect(&reviewer(), coalition)
        .into_iter()
        .map(|hint| (hint.kind, hint.source))
        .collect()
}

#[test]
fn strangers_give_no_hint() {
    assert_eq!(detect(&reviewer(), &unrelated()), []);
}

#[test]
fn each_tie_is_found_as_its_kind() {
    use ConflictKind::{HomeCity, MailDomain, Membership, Named, Organisation, Seat};
    type Change = fn(&mut CoalitionFacts);
    let cases: [(&str, ConflictKind, Change); 11] = [
        ("lead organisation", Organisation, |c| {
            c.organisations.push("HARBOR COMMUNITY BANK".into());
        }),
        ("a seat's organisation", Organisation, |c| {
            c.seats[0].organisation = "The Harbor Community Bank LLC".into();
        }),
        ("a member's domain", MailDomain, |c| {
            c.addresses.push("bo@mail.harborbank.example".into());
        }),
        ("the place's domain", MailDomain, |c| {
            c.places[0].mail_domain = Some("harborbank.example".into());
        }),
        ("home", HomeCity, |c| {
            c.places[0].name = "City of Salem".into();
        }),
        ("an accepted seat", Seat, |c| {
            c.seats[0].person = Some(PersonId(7));
        }),
        ("a seat that is offered", Seat, |c| {
            c.seats[0].holder_name = "Dr. Jane Alvarez".into();
        }),
        ("a membership", Membership, |c| c.members.push(PersonId(7))),
        ("a namesake among the members", Membership, |c| {
            c.member_names.push("Alvarez, Jane".into());
        }),
        ("named in a text", Named, |c| {
            c.texts
                .push(text("We thank Jane Q. Alvarez for her advice."));
        }),
        ("organisation in a text", Named, |c| {
            c.texts
                .push(text("A loan of the Harbor Community Bank closes the gap."));
        }),
    ];
    for (what, kind, change) in cases {
        let mut coalition = unrelated();
        change(&mut coalition);
        assert_eq!(kinds(&coalition), [(kind, ConflictSource::Rule)], "{what}");
    }
}

#[test]
fn an_invited_address_is_a_hint_for_both_domain_and_membership() {
    let mut coalition = unrelated();
    coalition.addresses.push("Jane@harborbank.example".into());
    assert_eq!(
        kinds(&coalition),
        [
            (ConflictKind::MailDomain, ConflictSource::Rule),
            (ConflictKind::Membership, ConflictSource::Rule),
        ]
    );
}

#[test]
fn public_mail_providers_tie_nobody() {
    let mut reviewer = reviewer();
    reviewer.email = "jane@gmail.com".into();
    let mut coalition = unrelated();
    coalition.addresses = vec!["ana@gmail.com".into()];
    assert_eq!(detect(&reviewer, &coalition), []);
}

#[test]
fn whom_a_coalition_names_is_told_apart_from_what_rules_find() {
    let named = |name: &str, organisation: &str| {
        let mut coalition = unrelated();
        coalition.namings.push(NamingFacts {
            name: name.into(),
            organisation: organisation.into(),
            reason: "sued us".into(),
        });
        kinds(&coalition)
    };
    let hint = [(ConflictKind::Named, ConflictSource::Coalition)];
    assert_eq!(named("Jane Alvarez", ""), hint);
    assert_eq!(named("", "Harbor Community Bank"), hint);
    assert_eq!(named("Jane", ""), []);
    // A name may be misspelt: whoever is of the organisation is a hint all the same.
    assert_eq!(named("Bo Chen", "Harbor Community Bank"), hint);
    assert_eq!(named("Bo Chen", "Another Bank"), []);
}

#[test]
fn the_passage_is_shown_with_what_stands_around_it() {
    let mut coalition = unrelated();
    let long = "é".repeat(100);
    coalition.texts = vec![text(&format!("{long} by Jane\nAlvarez {long}"))];
    let hints = detect(&reviewer(), &coalition);
    let evidence = &hints[0].evidence;
    assert!(evidence.starts_with("Partners: “…é"), "{evidence}");
    assert!(evidence.contains(" by Jane Alvarez é"), "{evidence}");
    assert!(evidence.ends_with("é…”"), "{evidence}");
}

#[test]
fn a_name_in_other_words_is_not_found() {
    for other in [
        "Jane Smith and Maria Alvarez",
        "harbor community bank in small letters is a common noun",
        "Janes Alvarez",
    ] {
        let mut coalition = unrelated();
        coalition.texts = vec![text(other)];
        assert_eq!(detect(&reviewer(), &coalition), [], "{other}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_searched_without_a_fault(before in "\\PC{0,200}", after in "\\PC{0,200}") {
            let mut coalition = unrelated();
            coalition.texts = vec![text(&format!("{before} Jane Alvarez {after}"))];
            prop_assert!(detect(&reviewer(), &coalition).iter().any(|h| h.kind == ConflictKind::Named));
        }
    }
}
