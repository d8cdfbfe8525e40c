//! WMI, asked on a thread of its own: a provider may never answer, and then only that thread waits for it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use wmi::{IWbemClassWrapper, Variant, WMIConnection, WMIError};

use super::{Class, Refusal, Row, Value, calls::Apartment};

/// How long an answer may take. Providers that start first need seconds, and some talk to hardware.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many threads may wait for answers that do not come. Each may still end; until then there are no more questions.
const MOST_WAITING: usize = 3;
/// Most objects of a class.
const MAX_OBJECTS: usize = 50_000;

/// No such object, namespace, class.
const MISSING: [u32; 3] = [0x8004_1002, 0x8004_100E, 0x8004_1010];
/// A question about a property that the class does not have in this version of Windows.
const INVALID_QUERY: u32 = 0x8004_1017;

/// Threads that were left behind with a question, of the whole process.
static WAITING: AtomicUsize = AtomicUsize::new(0);

type Answer = Result<Vec<Row>, Refusal>;

struct Question {
    class: Class,
    answer: Sender<Answer>,
    /// Set by whoever is done first: the one that answers, or the one that loses patience.
    done: Arc<AtomicBool>,
}

/// A thread that asks. It has ended when this is dropped, unless it was left behind: a process must not end while one
/// of its threads is about to leave COM.
pub(crate) struct Asker(Option<Thread>);

struct Thread {
    questions: Sender<Question>,
    handle: JoinHandle<()>,
}

impl Drop for Asker {
    fn drop(&mut self) {
        if let Some(Thread { questions, handle }) = self.0.take() {
            drop(questions);
            // What it panicked of is told already.
            let _ = handle.join();
        }
    }
}

impl Asker {
    /// Nothing is started before the first question.
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// The objects of a class.
    pub(crate) fn objects(&mut self, class: &Class) -> Answer {
        if WAITING.load(Ordering::Relaxed) >= MOST_WAITING {
            return Err(Refusal::Silent("earlier questions are not answered yet".to_owned()));
        }
        let thread = match self.0.take() {
            Some(thread) => thread,
            None => start().map_err(|error| Refusal::Silent(format!("no thread: {error}")))?,
        };
        let (answer, answered) = channel();
        let done = Arc::new(AtomicBool::new(false));
        let ended = || Refusal::Silent("the thread that asks has ended".to_owned());
        thread.questions.send(Question { class: *class, answer, done: done.clone() }).map_err(|_| ended())?;
        let told = match answered.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) if !done.swap(true, Ordering::AcqRel) => {
                // The thread counts itself out when its answer comes, too late.
                WAITING.fetch_add(1, Ordering::Relaxed);
                return Err(Refusal::Silent(format!("no answer within {} s", PATIENCE.as_secs())));
            }
            // It came at the last moment.
            Err(RecvTimeoutError::Timeout) => answered.recv().map_err(|_| ended())?,
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            Ok(told) => told,
        };
        self.0 = Some(thread);
        told
    }
}

fn start() -> std::io::Result<Thread> {
    let (sender, questions) = channel();
    let handle = thread::Builder::new().name("wmi".to_owned()).spawn(move || answer_all(&questions))?;
    Ok(Thread { questions: sender, handle })
}

/// Answers until nobody asks any more; COM ends with the thread.
fn answer_all(questions: &Receiver<Question>) {
    let apartment = Apartment::enter();
    let mut connections = HashMap::new();
    for Question { class, answer, done } in questions {
        let answered = match &apartment {
            Ok(_) => ask(&mut connections, &class),
            Err(error) => Err(Refusal::Refused(error.clone())),
        };
        if done.swap(true, Ordering::AcqRel) {
            WAITING.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        // Whoever asked waits for it.
        let _ = answer.send(answered);
    }
}

fn ask(connections: &mut HashMap<&'static str, WMIConnection>, class: &Class) -> Answer {
    if !connections.contains_key(class.namespace) {
        let connection = WMIConnection::with_namespace_path(class.namespace).map_err(|error| refusal(&error))?;
        connections.insert(class.namespace, connection);
    }
    let Some(connection) = connections.get(class.namespace) else { return Err(Refusal::Missing) };
    match select(connection, class.properties, class) {
        Err(WMIError::HResultError { hres }) if hres.cast_unsigned() == INVALID_QUERY => select(connection, "*", class),
        answer => answer,
    }
    .map_err(|error| refusal(&error))
}

fn select(connection: &WMIConnection, what: &str, class: &Class) -> Result<Vec<Row>, WMIError> {
    let mut query = format!("SELECT {what} FROM {}", class.name);
    if !class.condition.is_empty() {
        query.push_str(" WHERE ");
        query.push_str(class.condition);
    }
    // A question that was accepted may still be refused when its answer is fetched.
    connection.exec_query(query)?.take(MAX_OBJECTS).map(|object| Ok(row(&object?, class))).collect()
}

fn refusal(error: &WMIError) -> Refusal {
    match error {
        WMIError::HResultError { hres } if MISSING.contains(&hres.cast_unsigned()) => Refusal::Missing,
        WMIError::HResultError { hres } => Refusal::Refused(format!("{:#010x}", hres.cast_unsigned())),
        error => Refusal::Refused(error.to_string()),
    }
}

/// What cannot be read of an object is not there.
fn row(object: &IWbemClassWrapper, class: &Class) -> Row {
    let mut row = Row::default();
    for name in class.properties.split(',').map(str::trim) {
        if let Some(value) = object.get_property(name).ok().and_then(value) {
            row.insert(name, value);
        }
    }
    row
}

fn value(told: Variant) -> Option<Value> {
    Some(match told {
        Variant::String(text) => Value::Text(text),
        Variant::I1(number) => Value::Number(number.into()),
        Variant::I2(number) => Value::Number(number.into()),
        Variant::I4(number) => Value::Number(number.into()),
        Variant::I8(number) => Value::Number(number),
        Variant::UI1(number) => Value::Number(number.into()),
        Variant::UI2(number) => Value::Number(number.into()),
        Variant::UI4(number) => Value::Number(number.into()),
        Variant::UI8(number) => Value::Number(i64::try_from(number).ok()?),
        Variant::Bool(flag) => Value::Flag(flag),
        Variant::Array(list) => Value::List(list.into_iter().filter_map(value).collect()),
        // No value, or one of a kind that nothing here asks for.
        _ => return None,
    })
}
