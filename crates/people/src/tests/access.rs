//! Who sees which customer: by hand, by label, by grants with exclusions, present and future ones.

use super::*;
use crate::{
    access::{self, AccessError, NewGrant, Node},
    hierarchy::{
        self, CustomerSort,
        manage::{
            self, ChangeError, CustomerChanges, NewCustomer, NewProvider, NewReseller, ProviderChanges, ResellerChanges,
        },
    },
    users::{fields::UserChanges, listing, manage as accounts},
};
use vigie_db::paging::Page;
use vigie_kernel::{CustomerId, ProviderId, ResellerId, policy};

fn everything() -> Granted {
    granted(Action::UsersManage)
}

impl Place {
    async fn provider(&self, name: &str) -> ProviderId {
        let new = NewProvider { name: name.into() };
        manage::create_provider(&self.db, granted(Action::CustomersAdd), self.act(), new).await.unwrap().id
    }

    async fn reseller(&self, name: &str, provider_id: ProviderId) -> ResellerId {
        let new = NewReseller { name: name.into(), provider_id };
        manage::create_reseller(&self.db, granted(Action::CustomersAdd), self.act(), new).await.unwrap().id
    }

    async fn customer(&self, name: &str, reseller: ResellerId) -> CustomerId {
        let new = NewCustomer { name: name.into(), reseller_id: Some(reseller), ..NewCustomer::default() };
        manage::create_customer(&self.db, granted(Action::CustomersAdd), self.act(), new).await.unwrap().id
    }

    /// The names of the customers that someone sees.
    async fn seen_by(&self, user: UserId) -> Vec<String> {
        let see = policy::require(user, Role::Operator, Action::CustomersSee).unwrap();
        let page = Page { limit: 200, ..Page::default() };
        let listed =
            hierarchy::customers(&self.db, see, &hierarchy::CustomerFilter::default(), CustomerSort::Name, &page)
                .await
                .unwrap();
        assert_eq!(listed.total.count, listed.items.len() as u64);
        listed.items.into_iter().map(|it| it.name).collect()
    }

    async fn grant(&self, user: UserId, grants: &[(bool, Node)]) -> Result<(), AccessError> {
        let wanted = grants.iter().map(|(allow, node)| NewGrant { allow: *allow, node: *node }).collect();
        access::set_grants(&self.db, everything(), self.act(), user, wanted).await
    }

    async fn why(&self, user: UserId, customer: CustomerId) -> access::Explanation {
        access::explain(&self.db, everything(), user, customer).await.unwrap()
    }
}

on_both_engines! {
    async fn a_label_assigns_the_customers_of_its_reseller_or_provider_also_later_ones(test: TestDatabase) {
        let place = Place::new(&test).await;
        let north = place.provider("North").await;
        let (one, two) = (place.reseller("One", north).await, place.reseller("Two", north).await);
        place.customer("A", one).await;
        let by_reseller = place.user("r", Role::Operator, &["ONE"]).await;
        let by_provider = place.user("p", Role::ReadOnly, &["north"]).await;
        let nobody = place.user("n", Role::Technician, &[]).await;
        let b = place.customer("B", two).await;
        place.customer("C", one).await;
        assert_eq!(place.seen_by(by_reseller).await, ["A", "C"]);
        assert_eq!(place.seen_by(by_provider).await, ["A", "B", "C"]);
        assert!(place.seen_by(nobody).await.is_empty());
        // A customer that changes hands, a reseller that does, and names that change.
        let moved = CustomerChanges { reseller_id: Some(one), ..CustomerChanges::default() };
        manage::change_customer(&place.db, everything(), place.act(), b, moved, false).await.unwrap();
        assert_eq!(place.seen_by(by_reseller).await, ["A", "B", "C"]);
        let south = place.provider("South").await;
        let moved = ResellerChanges { provider_id: Some(south), ..ResellerChanges::default() };
        manage::change_reseller(&place.db, everything(), place.act(), one, moved).await.unwrap();
        assert!(place.seen_by(by_provider).await.is_empty());
        let renamed = ResellerChanges { name: Some("Uno".into()), ..ResellerChanges::default() };
        manage::change_reseller(&place.db, everything(), place.act(), one, renamed).await.unwrap();
        assert_eq!(place.seen_by(by_reseller).await.len(), 3, "the label follows");
        let user = listing::get(&place.db, everything(), by_reseller).await.unwrap().unwrap();
        assert_eq!(user.labels, ["Uno"]);
        let renamed = ProviderChanges { name: Some("Septentrion".into()) };
        manage::change_provider(&place.db, everything(), place.act(), north, renamed).await.unwrap();
        place.customer("D", two).await;
        assert_eq!(place.seen_by(by_provider).await, ["D"]);
        // A reseller that gets the name of a label later.
        let changes = UserChanges { labels: Some(vec!["Later".into()]), ..UserChanges::default() };
        let rules = Rules::default();
        accounts::change(&place.db, &place.hasher, everything(), place.act(), by_reseller, changes, rules).await.unwrap();
        assert!(place.seen_by(by_reseller).await.is_empty());
        let later = place.reseller("Later", north).await;
        place.customer("E", later).await;
        assert_eq!(place.seen_by(by_reseller).await, ["E"]);
    }

    async fn a_name_is_its_owners_also_when_it_is_changed(test: TestDatabase) {
        let place = Place::new(&test).await;
        let north = place.provider("North").await;
        let south = place.provider("South").await;
        let reseller = place.reseller("One", north).await;
        place.reseller("Two", north).await;
        let customer = place.customer("A", reseller).await;
        place.customer("B", reseller).await;
        let user = place.user("ann", Role::Operator, &[]).await;
        place.user("bob", Role::Operator, &[]).await;
        let to = ProviderChanges { name: Some("NORTH".into()) };
        let refused = manage::change_provider(&place.db, everything(), place.act(), south, to).await;
        assert!(matches!(refused, Err(ChangeError::Taken)), "{refused:?}");
        let to = ResellerChanges { name: Some("two".into()), ..ResellerChanges::default() };
        let refused = manage::change_reseller(&place.db, everything(), place.act(), reseller, to).await;
        assert!(matches!(refused, Err(ChangeError::Taken)), "{refused:?}");
        let to = CustomerChanges { name: Some("b".into()), ..CustomerChanges::default() };
        let refused = manage::change_customer(&place.db, everything(), place.act(), customer, to, false).await;
        assert!(matches!(refused, Err(ChangeError::Taken)), "{refused:?}");
        let to = UserChanges { login: Some("BOB".into()), ..UserChanges::default() };
        let rules = Rules::default();
        let refused = accounts::change(&place.db, &place.hasher, everything(), place.act(), user, to, rules).await;
        assert!(matches!(refused, Err(accounts::ManageError::Taken)), "{refused:?}");
    }

    async fn the_grant_nearest_to_a_customer_decides_and_says_why(test: TestDatabase) {
        let place = Place::new(&test).await;
        let provider = place.provider("P").await;
        let (one, two) = (place.reseller("One", provider).await, place.reseller("Two", provider).await);
        let (a, b) = (place.customer("A", one).await, place.customer("B", two).await);
        let user = place.user("u", Role::Operator, &[]).await;
        assert!(place.why(user, a).await.reasons.is_empty());
        place.grant(user, &[(true, Node::Everything), (false, Node::Reseller { id: two })]).await.unwrap();
        assert_eq!(place.seen_by(user).await, ["A", "Default customer"]);
        let why = place.why(user, b).await;
        assert!(!why.sees);
        let told: Vec<_> = why.reasons.iter().map(|it| (it.allow, it.at, it.name.as_deref(), it.decides)).collect();
        assert_eq!(told, [(false, "reseller", Some("Two"), true), (true, "everything", None, false)]);
        // Future ones, too.
        place.customer("C", two).await;
        place.customer("D", one).await;
        assert_eq!(place.seen_by(user).await, ["A", "D", "Default customer"]);
        // By hand is nearer than what the reseller says.
        access::assign(&place.db, everything(), place.act(), b, vec![user]).await.unwrap();
        assert_eq!(place.seen_by(user).await, ["A", "B", "D", "Default customer"]);
        assert!(place.why(user, b).await.sees);
        place.grant(user, &[(true, Node::Provider { id: provider }), (false, Node::Customer { id: a })]).await.unwrap();
        assert_eq!(place.seen_by(user).await, ["B", "C", "D"]);
        // Lists are narrowed by whose they are, within what one sees.
        let see = policy::require(user, Role::Operator, Action::CustomersSee).unwrap();
        let narrowed = async |reseller_id, provider_id| {
            let filter = hierarchy::CustomerFilter { reseller_id, provider_id, ..hierarchy::CustomerFilter::default() };
            let listed = hierarchy::customers(&place.db, see, &filter, CustomerSort::Name, &Page::default()).await.unwrap();
            listed.items.into_iter().map(|it| it.name).collect::<Vec<_>>()
        };
        assert_eq!(narrowed(Some(one), None).await, ["D"]);
        assert_eq!(narrowed(None, Some(provider)).await, ["B", "C", "D"]);
        let elsewhere = place.provider("Elsewhere").await;
        assert!(narrowed(Some(one), Some(elsewhere)).await.is_empty());
        let resellers = async |id| {
            let filter = hierarchy::ResellerFilter { provider_id: Some(id) };
            hierarchy::resellers(&place.db, see, filter, None, &Page::default()).await.unwrap().items.len()
        };
        assert_eq!((resellers(provider).await, resellers(elsewhere).await), (2, 0));
        // Twice the same, or what is not there, changes nothing.
        let twice = [(true, Node::Customer { id: a }), (false, Node::Customer { id: a })];
        assert!(matches!(place.grant(user, &twice).await, Err(AccessError::Node)));
        let none = CustomerId::new(place.clock.now(), &SystemRng);
        assert!(matches!(place.grant(user, &[(true, Node::Customer { id: none })]).await, Err(AccessError::Node)));
        assert_eq!(place.seen_by(user).await, ["B", "C", "D"]);
        let support = place.user("s", Role::Support, &[]).await;
        assert!(matches!(place.grant(support, &[(true, Node::Everything)]).await, Err(AccessError::SeesAll)));
        assert!(place.why(support, a).await.sees);
    }

    async fn a_supervisor_assigns_operators_of_their_own_to_customers_given_to_them_by_hand(test: TestDatabase) {
        let place = Place::new(&test).await;
        let reseller = place.reseller("One", place.provider("P").await).await;
        let (mine, labelled) = (place.customer("Mine", reseller).await, place.customer("Labelled", reseller).await);
        let boss = place.user("boss", Role::Supervisor, &["One"]).await;
        access::assign(&place.db, everything(), place.act(), mine, vec![boss]).await.unwrap();
        let granted = policy::require(boss, Role::Supervisor, Action::UsersManage).unwrap();
        let act = place.act_of(boss, "boss");
        let own = place.user_by(granted, act.clone(), "own", Role::Operator, &[]).await.unwrap();
        let foreign = place.user("foreign", Role::Operator, &[]).await;
        let assign = |customer, users| access::assign(&place.db, granted, act.clone(), customer, users);
        assign(mine, vec![own]).await.unwrap();
        assert_eq!(place.seen_by(own).await, ["Mine"]);
        assert!(matches!(assign(mine, vec![foreign]).await, Err(AccessError::User(_))));
        assert!(matches!(assign(labelled, vec![own]).await, Err(AccessError::NotFound)), "seen by label only");
        // Others stay as they are when a supervisor says who is assigned.
        access::assign(&place.db, everything(), place.act(), mine, vec![boss, own, foreign]).await.unwrap();
        assign(mine, vec![]).await.unwrap();
        assert!(place.seen_by(own).await.is_empty());
        assert_eq!(place.seen_by(foreign).await, ["Mine"]);
        let assigned = access::assigned(&place.db, granted, mine).await.unwrap();
        let told: Vec<_> = assigned.iter().map(|it| (it.login.as_str(), it.by_hand, it.manageable)).collect();
        assert_eq!(told, [("boss", true, false), ("foreign", true, false)]);
        // An operator adds a customer where they see some, and sees it.
        let add = policy::require(foreign, Role::Operator, Action::CustomersAdd).unwrap();
        let new = NewCustomer { name: "New".into(), reseller_id: None, ..NewCustomer::default() };
        manage::create_customer(&place.db, add, place.act_of(foreign, "foreign"), new).await.unwrap();
        assert_eq!(place.seen_by(foreign).await, ["Mine", "New"]);
        let elsewhere = place.reseller("Elsewhere", place.provider("Q").await).await;
        let new = NewCustomer { name: "Stolen".into(), reseller_id: Some(elsewhere), ..NewCustomer::default() };
        let refused = manage::create_customer(&place.db, add, place.act_of(foreign, "foreign"), new).await;
        assert!(matches!(refused, Err(ChangeError::NoReseller)));
    }

    async fn what_something_belongs_to_is_not_deleted(test: TestDatabase) {
        let place = Place::new(&test).await;
        let all = granted(Action::CustomersDelete);
        let provider = place.provider("P").await;
        let reseller = place.reseller("R", provider).await;
        let customer = place.customer("C", reseller).await;
        let user = place.user("u", Role::Operator, &["R"]).await;
        let delete = |id, left: Option<&'static str>| {
            manage::delete_customer(&place.db, all, place.act(), id, move |_, _, _| Box::pin(async move { Ok(left) }))
        };
        assert!(matches!(manage::delete_provider(&place.db, all, place.act(), provider).await, Err(ChangeError::NotEmpty(_))));
        assert!(matches!(manage::delete_reseller(&place.db, all, place.act(), reseller).await, Err(ChangeError::NotEmpty(_))));
        assert!(matches!(delete(customer, Some("equipment")).await, Err(ChangeError::NotEmpty("equipment"))));
        let default = vigie_db::owners::default_customer(place.db.reads()).await.unwrap().id;
        assert!(matches!(delete(default, None).await, Err(ChangeError::Default)));
        delete(customer, None).await.unwrap();
        assert!(place.seen_by(user).await.is_empty());
        let restorable = manage::delete_reseller(&place.db, all, place.act(), reseller).await;
        assert!(matches!(restorable, Err(ChangeError::NotEmpty(_))));
        place.wait(1);
        let act = place.act();
        let gone = manage::purge_customers(&place.db, &act, place.clock.now(), |_, _| Box::pin(async { Ok(None) }));
        assert_eq!(gone.await.unwrap(), 1);
        manage::delete_reseller(&place.db, all, place.act(), reseller).await.unwrap();
        manage::delete_provider(&place.db, all, place.act(), provider).await.unwrap();
        assert!(matches!(manage::delete_provider(&place.db, all, place.act(), provider).await, Err(ChangeError::NotFound)));
    }
}
