//! One promise a module.
