//! Elections, voters and trustees for tests. Never for anything else: the keys are known to everybody.
