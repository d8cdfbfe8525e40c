//! Customers' codes, contacts and tags; the list; deletion and the way back.

use vigie_db::{Tx, TxFuture, paging::Page};
use vigie_kernel::{CustomerId, policy};

use super::*;
use crate::{
    access,
    hierarchy::{
        self, CustomerFilter, CustomerSort,
        manage::{self, ChangeError, CustomerChanges, NewCustomer},
    },
};

fn named(name: &str) -> NewCustomer {
    NewCustomer { name: name.into(), ..NewCustomer::default() }
}

fn tagged(name: &str, tags: &[&str]) -> NewCustomer {
    NewCustomer { tags: tags.iter().map(|it| (*it).to_owned()).collect(), ..named(name) }
}

fn nothing_left(_: &Tx, _: CustomerId) -> TxFuture<'_, Option<&'static str>, vigie_db::DbErr> {
    Box::pin(async { Ok(None) })
}

fn leaves(_: &Tx, _: CustomerId, _: Timestamp) -> TxFuture<'_, Option<&'static str>, vigie_db::DbErr> {
    Box::pin(async { Ok(None) })
}

fn comes_back(_: &Tx, _: CustomerId, _: Timestamp) -> TxFuture<'_, (), vigie_db::DbErr> {
    Box::pin(async { Ok(()) })
}

impl Place {
    async fn add(&self, new: NewCustomer) -> Result<hierarchy::Customer, ChangeError> {
        manage::create_customer(&self.db, granted(Action::CustomersAdd), self.act(), new).await
    }

    async fn change_customer(&self, id: CustomerId, changes: CustomerChanges, may: bool) -> Result<(), ChangeError> {
        manage::change_customer(&self.db, granted(Action::CustomersEdit), self.act(), id, changes, may).await
    }

    async fn delete(&self, id: CustomerId) -> Result<Timestamp, ChangeError> {
        manage::delete_customer(&self.db, granted(Action::CustomersDelete), self.act(), id, leaves).await
    }

    async fn restore(&self, id: CustomerId) -> Result<(), ChangeError> {
        manage::restore_customer(&self.db, granted(Action::CustomersDelete), self.act(), id, comes_back).await
    }

    async fn names(&self, filter: &CustomerFilter, sort: CustomerSort, descending: bool) -> Vec<String> {
        let (see, page) = (granted(Action::CustomersSee), Page { descending, ..Page::default() });
        let found = hierarchy::customers(&self.db, see, filter, sort, &page).await.unwrap();
        assert_eq!(found.total.count, found.items.len() as u64);
        found.items.into_iter().map(|it| it.name).collect()
    }

    async fn found(&self, q: &str) -> Vec<String> {
        self.names(&CustomerFilter { q: Some(q.into()), ..CustomerFilter::default() }, CustomerSort::Name, false).await
    }

    async fn tags(&self, granted: Granted) -> Vec<(String, u64)> {
        let tags = hierarchy::tags(&self.db, granted, None).await.unwrap();
        tags.into_iter().map(|it| (it.name, it.customers)).collect()
    }
}

on_both_engines! {
    async fn a_code_is_made_from_the_name_and_told_apart_by_a_number(test: TestDatabase) {
        let place = Place::new(&test).await;
        let code = async |new| place.add(new).await.unwrap().code;
        assert_eq!(code(named("Boulangerie Éclair")).await, "boulangerieeclair");
        assert_eq!(code(named("Boulangerie-Éclair")).await, "boulangerieecl2");
        assert_eq!(code(named("BOULANGERIE: éclair")).await, "boulangerieecl3");
        assert_eq!(code(NewCustomer { code: Some("own7".into()), ..named("x") }).await, "own7");
        let again = place.add(NewCustomer { code: Some("own7".into()), ..named("y") }).await;
        assert!(matches!(again, Err(ChangeError::CodeTaken)));
        for number in 0..12 {
            assert!(code(named(&"!".repeat(number + 1))).await.starts_with("customer"));
        }
        let wrong = place.add(NewCustomer { code: Some("No".into()), ..named("z") }).await;
        assert!(matches!(wrong, Err(ChangeError::Field(error)) if error.field == "code"));
    }

    async fn a_code_changes_only_where_that_is_allowed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.add(named("Alpha")).await.unwrap().id;
        let code = |code: &str| CustomerChanges { code: Some(code.into()), ..CustomerChanges::default() };
        assert!(matches!(place.change_customer(id, code("beta"), false).await, Err(ChangeError::CodeFixed)));
        place.change_customer(id, code("alpha"), false).await.unwrap();
        place.change_customer(id, code("beta"), true).await.unwrap();
        let shown = hierarchy::customer(&place.db, granted(Action::CustomersSee), id).await.unwrap().unwrap();
        assert_eq!((shown.name.as_str(), shown.code.as_str()), ("Alpha", "beta"));
        assert_eq!(place.found("beta").await, ["Alpha"]);
        assert!(matches!(place.change_customer(id, code("default"), true).await, Err(ChangeError::CodeTaken)));
    }

    async fn contacts_and_tags_are_checked_kept_and_searched(test: TestDatabase) {
        let place = Place::new(&test).await;
        let new = NewCustomer {
            phone: "+33 1 23 45".into(), email: "Info@Bakery.example".into(), technical_email: "it@bakery.example".into(),
            address: "1 rue du Four\r\n75001 Paris".into(), notes: "Ring twice".into(), ..tagged("Bakery", &["VIP", "Été"])
        };
        let made = place.add(new).await.unwrap();
        assert_eq!((made.address.as_str(), &made.tags[..]), ("1 rue du Four\n75001 Paris", &["VIP".to_owned(), "Été".to_owned()][..]));
        place.add(tagged("Other", &["vip"])).await.unwrap();
        for q in ["bakery.example", "it@bakery", "3312345", "éTé", "bakery info@"] {
            assert_eq!(place.found(q).await, ["Bakery"], "{q}");
        }
        assert_eq!(place.found("vi").await, ["Bakery", "Other"], "two letters have no trigram");
        let by_tag = CustomerFilter { tag: Some(" Vip ".into()), ..CustomerFilter::default() };
        assert_eq!(place.names(&by_tag, CustomerSort::Name, true).await, ["Other", "Bakery"]);
        assert_eq!(place.tags(granted(Action::CustomersSee)).await, [("VIP".into(), 2), ("Été".into(), 1)]);
        let some = CustomerChanges { tags: Some(vec!["New".into()]), phone: Some(String::new()), ..CustomerChanges::default() };
        place.change_customer(made.id, some, false).await.unwrap();
        assert_eq!(place.tags(granted(Action::CustomersSee)).await, [("New".into(), 1), ("vip".into(), 1)], "one without customers is gone");
        assert!(place.found("3312345").await.is_empty() && place.found("new").await == ["Bakery"]);
        for (field, wrong) in [
            ("technical_email", CustomerChanges { technical_email: Some("nobody".into()), ..CustomerChanges::default() }),
            ("email", CustomerChanges { email: Some("a b@c".into()), ..CustomerChanges::default() }),
            ("phone", CustomerChanges { phone: Some("call me".into()), ..CustomerChanges::default() }),
            ("address", CustomerChanges { address: Some("x".repeat(501)), ..CustomerChanges::default() }),
            ("tags", CustomerChanges { tags: Some(vec!["a".into(); 6]), ..CustomerChanges::default() }),
        ] {
            assert!(matches!(place.change_customer(made.id, wrong, false).await, Err(ChangeError::Field(error)) if error.field == field), "{field}");
        }
        let operator = place.user("op", Role::Operator, &[]).await;
        let see = policy::require(operator, Role::Operator, Action::CustomersSee).unwrap();
        assert!(place.tags(see).await.is_empty(), "tags of customers that one does not see");
    }

    async fn who_is_assigned_is_named_and_found(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.add(named("Bakery")).await.unwrap().id;
        place.add(named("Other")).await.unwrap();
        place.user("chief", Role::Administrator, &[]).await;
        let mut users = Vec::new();
        for number in 0..12 {
            users.push(place.user(&format!("op{number:02}"), Role::Operator, &[]).await);
        }
        access::assign(&place.db, granted(Action::UsersManage), place.act(), id, users.clone()).await.unwrap();
        let shown = hierarchy::customer(&place.db, granted(Action::CustomersSee), id).await.unwrap().unwrap();
        assert_eq!((shown.assigned.count, shown.assigned.users.len()), (12, 10));
        assert_eq!((shown.assigned.users[0].name.as_str(), shown.assigned.users[0].id), ("op00", users[0]));
        let filter = CustomerFilter { assigned_to: Some(users[0]), ..CustomerFilter::default() };
        assert_eq!(place.names(&filter, CustomerSort::Name, false).await, ["Bakery"]);
    }

    async fn the_list_follows_the_resellers_name(test: TestDatabase) {
        let place = Place::new(&test).await;
        let see = granted(Action::CustomersSee);
        let provider = hierarchy::providers(&place.db, see, None, &Page::default()).await.unwrap().items[0].id;
        let new = manage::NewReseller { name: "Aaa".into(), provider_id: provider };
        let reseller = manage::create_reseller(&place.db, granted(Action::CustomersAdd), place.act(), new).await.unwrap().id;
        place.add(NewCustomer { reseller_id: Some(reseller), ..named("Zeta") }).await.unwrap();
        let all = CustomerFilter::default();
        assert_eq!(place.names(&all, CustomerSort::Reseller, false).await, ["Zeta", "Default customer"]);
        let renamed = manage::ResellerChanges { name: Some("Zzz".into()), provider_id: None };
        manage::change_reseller(&place.db, granted(Action::CustomersEdit), place.act(), reseller, renamed).await.unwrap();
        assert_eq!(place.names(&all, CustomerSort::Reseller, false).await, ["Default customer", "Zeta"]);
        assert_eq!(place.names(&all, CustomerSort::Code, true).await, ["Zeta", "Default customer"]);
        let of = CustomerFilter { reseller_id: Some(reseller), provider_id: Some(provider), ..all };
        assert_eq!(place.names(&of, CustomerSort::Colour, false).await, ["Zeta"]);
    }

    async fn a_deleted_customer_is_hidden_comes_back_or_goes_for_good(test: TestDatabase) {
        let place = Place::new(&test).await;
        let id = place.add(tagged("Bakery", &["VIP"])).await.unwrap().id;
        let (all, gone) = (CustomerFilter::default(), CustomerFilter { deleted: true, ..CustomerFilter::default() });
        place.delete(id).await.unwrap();
        assert!(matches!(place.delete(id).await, Err(ChangeError::NotFound)), "once");
        assert_eq!(place.names(&all, CustomerSort::Name, false).await, ["Default customer"]);
        assert_eq!(place.names(&gone, CustomerSort::Name, false).await, ["Bakery"]);
        let see = granted(Action::CustomersSee);
        assert!(hierarchy::customer(&place.db, see, id).await.unwrap().is_none());
        assert!(place.tags(see).await.is_empty() && place.found("vip").await.is_empty());
        assert!(vigie_db::owners::customer_of_tag(place.db.reads(), "bakery").await.unwrap().is_none());
        let change = place.change_customer(id, CustomerChanges { name: Some("x".into()), ..CustomerChanges::default() }, true).await;
        assert!(matches!(change, Err(ChangeError::NotFound)));
        // Its name is free for another, its code is not.
        let other = place.add(named("bakery")).await.unwrap();
        assert_eq!(other.code, "bakery2");
        assert!(matches!(place.restore(id).await, Err(ChangeError::Taken)));
        place.delete(other.id).await.unwrap();
        place.restore(id).await.unwrap();
        assert!(matches!(place.restore(id).await, Err(ChangeError::NotFound)), "it is there");
        assert_eq!(place.names(&all, CustomerSort::Name, false).await, ["Bakery", "Default customer"]);
        assert_eq!(place.found("vip").await, ["Bakery"]);
        place.wait(60);
        place.delete(id).await.unwrap();
        let half_an_hour_ago = place.clock.now().minus(Duration::from_mins(30));
        let act = place.act();
        assert_eq!(manage::purge_customers(&place.db, &act, half_an_hour_ago, nothing_left).await.unwrap(), 1);
        assert_eq!(place.names(&gone, CustomerSort::Name, false).await, ["Bakery"], "the newer one can still come back");
        assert!(matches!(place.restore(other.id).await, Err(ChangeError::NotFound)));
        let trail = trail(&place.db).await;
        assert_eq!(trail[trail.len() - 3..], ["customer.restore", "customer.delete", "customer.purge"]);
    }
}
