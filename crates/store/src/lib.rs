//! The engines that execute statements.
