//! The log: on standard error, for people or as JSON, and in files ([`crate::logs`]). How much it tells can be changed
//! while it runs.

use anyhow::Context as _;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, fmt::MakeWriter, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _,
};

use crate::{
    config::{Config, LogFormat},
    logs::{Lines, Logs, directives},
};

/// A further layer, such as the one that exports traces.
pub(crate) type More = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts the log. Once in a process.
pub(crate) fn start(config: &Config, more: Option<More>) -> anyhow::Result<Logs> {
    let logs = Logs::default();
    let level = config.log_level.as_deref().unwrap_or(directives(vigie_people::preferences::LogLevel::Information));
    subscriber(&logs, config.log_format, level, std::io::stderr, more)?.init();
    Ok(logs)
}

fn filter(level: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    // Its word for every migration at every start is for whoever works on the schema.
    EnvFilter::builder().parse(format!("sea_orm_migration=warn,{level},{}=off", crate::otlp::TARGET))
}

pub(crate) fn subscriber<W>(
    logs: &Logs,
    format: LogFormat,
    level: &str,
    out: W,
    more: Option<More>,
) -> anyhow::Result<impl Subscriber + Send + Sync + use<W>>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let own = filter(level).with_context(|| format!("log_level: {level:?} is not understood"))?;
    let (own, handle) = reload::Layer::new(own);
    logs.set_level_by(move |level| {
        let set = filter(level).map_err(anyhow::Error::from).and_then(|it| Ok(handle.reload(it)?));
        if let Err(error) = set {
            tracing::error!(%error, "the log's level could not be changed");
        }
    });
    let people: More = match format {
        LogFormat::Json => fmt::layer().json().flatten_event(true).with_ansi(false).with_writer(out).boxed(),
        LogFormat::Text => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            fmt::layer().with_ansi(colours).with_writer(out).boxed()
        }
    };
    let files = fmt::layer().json().flatten_event(true).with_span_list(false).with_ansi(false);
    let files: More = files.with_writer(Lines(logs.clone())).boxed();
    let mut layers: Vec<More> = vec![vec![people, files].with_filter(own).boxed()];
    layers.extend(more);
    Ok(tracing_subscriber::registry().with(layers))
}
