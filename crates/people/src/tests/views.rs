//! Views of lists that people save.

use vigie_db::{Database, on_both_engines};
use vigie_kernel::{CustomerId, Role, SavedViewId, UserId};

use super::{Place, granted, trail};
use crate::{
    hierarchy::manage::{self, NewCustomer, NewProvider, NewReseller},
    views::{self, NewSavedView, Page, SavedViewFields, ViewError, Viewer},
};

fn new(page: Page, name: &str, query: &str, shared: bool) -> NewSavedView {
    NewSavedView { page, name: name.into(), query: query.into(), shared }
}

fn fields(name: &str, shared: bool) -> SavedViewFields {
    SavedViewFields { name: name.into(), query: "type=laptop".into(), shared, revision: None }
}

async fn names(db: &Database, viewer: Viewer, page: Page) -> Vec<String> {
    views::list(db, viewer, page).await.unwrap().into_iter().map(|it| it.name).collect()
}

/// A reseller with a customer.
async fn reseller(place: &Place, name: &str) -> CustomerId {
    let by = || granted(vigie_kernel::Action::CustomersAdd);
    let provider =
        manage::create_provider(&place.db, by(), place.act(), NewProvider { name: format!("P {name}") }).await;
    let made = NewReseller { name: name.into(), provider_id: provider.unwrap().id };
    let reseller = manage::create_reseller(&place.db, by(), place.act(), made).await.unwrap();
    let customer = NewCustomer { name: format!("{name}'s"), reseller_id: Some(reseller.id), ..Default::default() };
    manage::create_customer(&place.db, by(), place.act(), customer).await.unwrap().id
}

async fn sees(place: &Place, user: UserId, customer: CustomerId) {
    let text = "INSERT INTO customer_seen (user_id, customer_id) VALUES ($1, $2)";
    place
        .db
        .write(move |tx| {
            Box::pin(async move {
                use sea_orm::ConnectionTrait as _;
                let values = [user.0.into(), customer.0.into()];
                let statement = sea_orm::Statement::from_sql_and_values(tx.get_database_backend(), text, values);
                tx.execute_raw(statement).await.map(drop)
            })
        })
        .await
        .unwrap();
}

on_both_engines! {
    async fn a_shared_view_is_seen_by_who_has_a_customer_in_common(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (north, south) = (reseller(&place, "North").await, reseller(&place, "South").await);
        let mut viewers = Vec::new();
        for (login, role, customer) in [
            ("ann", Role::Operator, Some(north)),
            ("bob", Role::ReadOnly, Some(north)),
            ("cy", Role::Operator, Some(south)),
            ("dee", Role::Support, None),
            ("eve", Role::Administrator, None),
        ] {
            let user = place.user(login, role, &[]).await;
            if let Some(customer) = customer {
                sees(&place, user, customer).await;
            }
            viewers.push(Viewer { user, role });
        }
        let [ann, bob, cy, dee, eve] = viewers[..] else { unreachable!() };
        let db = &place.db;
        let page = Page::Equipment;
        let add = |viewer, name, shared| views::create(db, viewer, place.act(), new(page, name, "type=laptop", shared));
        add(ann, "Ann's own", false).await.unwrap();
        let shared = add(ann, "Ann's laptops", true).await.unwrap();
        add(cy, "Cy's laptops", true).await.unwrap();
        add(dee, "Of support", true).await.unwrap();
        assert_eq!(names(db, ann, page).await, ["Ann's laptops", "Ann's own", "Of support"]);
        assert_eq!(names(db, bob, page).await, ["Ann's laptops", "Of support"]);
        assert_eq!(names(db, cy, page).await, ["Cy's laptops", "Of support"], "another reseller's people do not meet");
        assert_eq!(names(db, eve, page).await, ["Ann's laptops", "Cy's laptops", "Of support"]);
        assert!(names(db, ann, Page::Alerts).await.is_empty());
        let of_bob = views::list(db, bob, page).await.unwrap();
        assert!(!of_bob[0].mine && !of_bob[0].may_change && of_bob[0].maker == "ann" && of_bob[0].shared);

        // Who may change it.
        let change = |viewer, id, name: &str, shared| views::change(db, viewer, place.act(), id, fields(name, shared));
        assert!(matches!(change(bob, shared.id, "x", true).await, Err(ViewError::NotAllowed)));
        assert!(matches!(change(dee, shared.id, "x", true).await, Err(ViewError::NotAllowed)));
        assert!(matches!(change(cy, shared.id, "x", true).await, Err(ViewError::NotFound)));
        assert!(matches!(views::delete(db, bob, place.act(), shared.id).await, Err(ViewError::NotAllowed)));
        let renamed = change(eve, shared.id, "Laptops", true).await.unwrap();
        assert!(!renamed.mine && renamed.revision == shared.revision + 1);
        let late = SavedViewFields { revision: Some(shared.revision), ..fields("late", true) };
        assert!(matches!(views::change(db, ann, place.act(), shared.id, late).await, Err(ViewError::Stale)));

        // Bob opens with it, until it is shared no more.
        views::set_default(db, bob, page, Some(shared.id)).await.unwrap();
        assert!(views::list(db, bob, page).await.unwrap()[0].is_default);
        assert!(!views::list(db, ann, page).await.unwrap().iter().any(|it| it.is_default));
        change(ann, shared.id, "Laptops", false).await.unwrap();
        assert_eq!(names(db, bob, page).await, ["Of support"]);
        change(ann, shared.id, "Laptops", true).await.unwrap();
        assert!(!views::list(db, bob, page).await.unwrap().iter().any(|it| it.is_default));
        views::delete(db, eve, place.act(), shared.id).await.unwrap();
        assert_eq!(names(db, ann, page).await, ["Ann's own", "Of support"]);
        let told: Vec<String> = trail(db).await.into_iter().filter(|it| it.starts_with("saved-view")).collect();
        assert_eq!(told.len(), 3 + 3 + 1, "what is shared is in the trail: {told:?}");
    }

    async fn views_have_an_order_a_default_and_bounds(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (db, page) = (&place.db, Page::Alerts);
        let me = Viewer { user: place.user("ann", Role::Operator, &[]).await, role: Role::Operator };
        let mut ids = Vec::new();
        for name in ["one", "two", "three"] {
            place.wait(1);
            let made = views::create(db, me, place.act(), new(page, name, "?severity=critical&sort=-at", false)).await;
            let made = made.unwrap();
            assert_eq!(made.query, "severity=critical&sort=-at");
            ids.push(made.id);
        }
        assert_eq!(names(db, me, page).await, ["one", "two", "three"]);
        views::order(db, me, page, vec![ids[2], ids[0], ids[1]]).await.unwrap();
        assert_eq!(names(db, me, page).await, ["three", "one", "two"]);
        views::set_default(db, me, page, Some(ids[1])).await.unwrap();
        views::set_default(db, me, page, Some(ids[0])).await.unwrap();
        let of = |views: &[views::SavedView]| views.iter().filter(|it| it.is_default).map(|it| it.id).collect::<Vec<_>>();
        assert_eq!(of(&views::list(db, me, page).await.unwrap()), [ids[0]]);
        let elsewhere = views::set_default(db, me, Page::Systems, Some(ids[0])).await;
        assert!(matches!(elsewhere, Err(ViewError::NotFound)));
        views::delete(db, me, place.act(), ids[0]).await.unwrap();
        assert!(of(&views::list(db, me, page).await.unwrap()).is_empty());
        views::set_default(db, me, page, None).await.unwrap();

        let create = |name: &str, query: &str| views::create(db, me, place.act(), new(page, name, query, false));
        assert!(matches!(create(" TWO ", "").await, Err(ViewError::NameTaken)));
        assert!(views::create(db, me, place.act(), new(Page::Systems, "two", "", false)).await.is_ok());
        assert!(matches!(create("", "").await, Err(ViewError::Invalid("name", _))));
        assert!(matches!(create("x", "a=\n").await, Err(ViewError::Invalid("query", _))));
        assert!(matches!(create("x", &"x".repeat(8_001)).await, Err(ViewError::Invalid("query", _))));
        for number in 0..48 {
            create(&format!("v{number}"), "").await.unwrap();
        }
        assert!(matches!(create("one more", "").await, Err(ViewError::Invalid("name", _))));
        let unknown: SavedViewId = "sv_0190163d8694739bb06f4a0f4d3f5d1e".parse().unwrap();
        assert!(matches!(views::delete(db, me, place.act(), unknown).await, Err(ViewError::NotFound)));
        assert!(!trail(db).await.iter().any(|it| it.starts_with("saved-view")), "what is one's own is in no trail");
    }
}
