//! Moving to another portal. What the portal in use announces is kept beside it, never in its place; it is tested, and takes
//! its place once a whole synchronisation with it worked. The former one is kept until the new one has answered some more,
//! and is gone back to when the new one goes silent before that.
//!
//! [`Portals`] is what is kept, [`trial`] the test, [`round`] what happens at each synchronisation.

mod farewell;
mod kept;
mod round;
mod trial;

pub use kept::{Former, Next, Portals, Tested};
pub use round::round;
