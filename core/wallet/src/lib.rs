//! The citizen's wallet: enrol, present, vote, request, recover.
