//! X-Road: messages, the citizen's own signature, evidence, cases.
