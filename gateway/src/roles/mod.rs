//! What each role decides and stores. A role knows no HTTP; `routes/` brings it requests.
