//! What is run for operations of migrations.
