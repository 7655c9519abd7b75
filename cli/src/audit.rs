//! `kodanik audit`.

use std::path::Path;

use kodanik_auditor::audit::{AuditError, Options, audit};
use kodanik_auditor::source::{Export, Source, SourceError, published_policy};
use kodanik_contract::issued::IssuedList;
use url::Url;

use crate::args::AuditArgs;
use crate::authority::read_json;
use crate::board::read_policy;
use crate::failure::{Failure, capitalised};
use crate::ui::Ui;

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        let (code, advice) = match &error {
            AuditError::Source(_) => ("source", "Check the address or the file, then try again."),
            _ => ("checkpoint", "Is this the policy of this log? If it is, do not rely on the log."),
        };
        Self::refused(code, capitalised(&error.to_string()), advice)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        AuditError::from(error).into()
    }
}

/// Audits, prints the report, fails where something is wrong.
pub(crate) async fn run(args: AuditArgs, ui: &Ui) -> Result<(), Failure> {
    let url = Url::parse(&args.source).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let policy = match (&args.policy, &url) {
        (Some(path), _) => read_policy(path)?,
        (None, Some(url)) => published_policy(url).await?,
        (None, None) => {
            let advice = "Add --policy with the trust/ledger.policy of the gateway that kept the log.";
            return Err(Failure::usage("An exported log does not say whose signatures count.", advice));
        }
    };
    let lists = args.issuer_lists.iter().map(|path| read_json::<Vec<IssuedList>>(path));
    let lists = lists.collect::<Result<Vec<_>, _>>()?.concat();
    let mut source = match &url {
        Some(url) => Source::gateway(url).await?,
        None => Source::file(Path::new(&args.source))?,
    };
    let export = args.export.as_deref().map(|path| Export::create(path, source.note())).transpose()?;
    let options = Options {
        policy: &policy,
        keys_on_trust: args.policy.is_none(),
        export,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let bar = ui.bar("Replaying from entry 0", 0);
    let mut outcome = audit(&mut source, options, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    lists.iter().for_each(|list| outcome.check_list(list));
    ui.result(&outcome.report, &outcome.report);
    if outcome.report.is_clean() {
        return Ok(());
    }
    Err(Failure::verdict("the log is not right"))
}
