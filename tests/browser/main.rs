//! The pages in a real browser: opened, used by mouse and keyboard, changed while they are open, and checked for
//! accessibility. `scripts/test` installs the browser and its driver.

mod bars;
mod board;
mod driver;
mod forms;
mod languages;
mod names;
mod office;
mod page;
mod paper;
mod plain;
mod process;
mod tasks;
mod usable;
