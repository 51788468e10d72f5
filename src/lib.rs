//! Lifeboat, the incident-response runbook CLI for BitTorrent infrastructure: the map of the house.
//!
//! Imports only ever point upwards in this list; `playbooks-tests/layers.rs` keeps it so.

pub mod model;

pub mod wire;

pub mod document;

pub mod journal;

pub mod diagnose;

pub mod plan;

pub mod trust;

pub mod view;

pub mod words;

pub mod engine;

pub mod net;

pub mod host;

pub mod store;

pub mod repo;

pub mod service;

pub mod world;

pub mod probe;

pub mod action;

pub mod drive;

pub mod render;

pub mod cli;
