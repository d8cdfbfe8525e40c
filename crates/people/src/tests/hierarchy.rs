//! Customers, and who sees which.

use super::*;
use crate::{
    access,
    hierarchy::{
        self, CustomerFilter, CustomerSort, ResellerFilter,
        manage::{self, ChangeError as CreateError, NewCustomer},
    },
};
use vigie_db::paging::Page;
use vigie_kernel::{Role, policy};

fn named(name: &str) -> NewCustomer {
    NewCustomer { name: name.into(), ..NewCustomer::default() }
}

on_both_engines! {
    async fn a_customer_belongs_to_a_reseller_and_its_name_is_its_own(test: TestDatabase) {
        let place = Place::new(&test).await;
        let manage = granted(Action::CustomersAdd);
        let create = |new| manage::create_customer(&place.db, manage, place.act(), new);
        let made = create(named(" École du Nord ")).await.unwrap();
        assert_eq!((made.name.as_str(), made.reseller.name.as_str(), made.is_default), ("École du Nord", "Main reseller", false));
        assert!(matches!(create(named("ÉCOLE DU NORD")).await, Err(CreateError::Taken)));
        assert!(matches!(create(named("")).await, Err(CreateError::Name(_))));
        let unknown = Some(vigie_kernel::ResellerId::new(place.clock.now(), &SystemRng));
        let stray = NewCustomer { name: "x".into(), reseller_id: unknown, ..NewCustomer::default() };
        assert!(matches!(create(stray).await, Err(CreateError::NoReseller)));
    }

    async fn customers_are_paged_searched_and_narrowed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let (see, manage) = (granted(Action::CustomersSee), granted(Action::CustomersAdd));
        let mut last = None;
        for name in ["Alpha 100%", "beta_x", "Gamma"] {
            last = Some(manage::create_customer(&place.db, manage, place.act(), named(name)).await.unwrap());
        }
        let mut page = Page { limit: 2, ..Page::default() };
        let first = hierarchy::customers(&place.db, see, &CustomerFilter::default(), CustomerSort::Name, &page).await.unwrap();
        page.after = first.next.clone();
        let second = hierarchy::customers(&place.db, see, &CustomerFilter::default(), CustomerSort::Name, &page).await.unwrap();
        let names: Vec<_> = first.items.iter().chain(&second.items).map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["Alpha 100%", "beta_x", "Default customer", "Gamma"]);
        assert!(second.next.is_none() && second.total.count == 4);
        for (words, found) in [("100%", 1), ("a_x", 1), ("%", 1), ("_", 1), ("ALPHA", 1), ("customer default", 1)] {
            let listed = hierarchy::customers(&place.db, see, &CustomerFilter { q: Some(words.into()), ..CustomerFilter::default() }, CustomerSort::Name, &Page::default()).await.unwrap();
            assert_eq!(listed.total.count, found, "{words}");
        }
        let operator = place.user("op", Role::Operator, &[]).await;
        access::assign(&place.db, granted(Action::UsersManage), place.act(), last.unwrap().id, vec![operator]).await.unwrap();
        let narrowed = policy::require(operator, Role::Operator, Action::CustomersSee).unwrap();
        let listed = hierarchy::customers(&place.db, narrowed, &CustomerFilter::default(), CustomerSort::Name, &Page::default()).await.unwrap();
        assert_eq!(listed.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Gamma"]);
        let resellers = hierarchy::resellers(&place.db, narrowed, ResellerFilter::default(), None, &Page::default()).await.unwrap();
        let providers = hierarchy::providers(&place.db, narrowed, None, &Page::default()).await.unwrap();
        assert_eq!((resellers.items.len(), providers.items.len()), (1, 1));
        assert_eq!(resellers.items[0].provider, providers.items[0]);
    }

    async fn who_is_assigned_to_many_pages_through_exactly_those(test: TestDatabase) {
        let place = Place::new(&test).await;
        let manage = granted(Action::CustomersAdd);
        let owner = manage::create_reseller(&place.db, manage, place.act(), manage::NewReseller {
            name: "Other".into(),
            provider_id: hierarchy::providers(&place.db, granted(Action::CustomersSee), None, &Page::default()).await.unwrap().items[0].id,
        }).await.unwrap().id;
        let make = |number: usize| {
            // Every other one is the other reseller's.
            let new = NewCustomer { name: format!("Customer {number:04}"), reseller_id: number.is_multiple_of(2).then_some(owner), ..NewCustomer::default() };
            manage::create_customer(&place.db, manage, place.act(), new)
        };
        futures_util::future::try_join_all((0..2100).map(make)).await.unwrap();
        let operator = place.user("op", Role::Operator, &["Other"]).await;
        let see = policy::require(operator, Role::Operator, Action::CustomersSee).unwrap();
        let wanted: Vec<String> = (0..2100).step_by(2).map(|number| format!("Customer {number:04}")).collect();
        for descending in [false, true] {
            let mut page = Page { limit: 200, descending, ..Page::default() };
            let mut names = Vec::new();
            loop {
                let listed = hierarchy::customers(&place.db, see, &CustomerFilter::default(), CustomerSort::Name, &page).await.unwrap();
                assert_eq!((listed.total.count, listed.total.at_least), (1050, false));
                names.extend(listed.items.into_iter().map(|it| it.name));
                page.after = listed.next;
                if page.after.is_none() {
                    break;
                }
            }
            if descending {
                names.reverse();
            }
            assert_eq!(names, wanted);
        }
        let found = hierarchy::customers(&place.db, see, &CustomerFilter { q: Some("209".into()), ..CustomerFilter::default() }, CustomerSort::Name, &Page::default()).await.unwrap();
        assert_eq!(found.items.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Customer 2090", "Customer 2092", "Customer 2094", "Customer 2096", "Customer 2098"]);
    }
}
