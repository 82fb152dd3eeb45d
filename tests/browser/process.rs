//! A program in the background that ends when the tests end, in whatever way they end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Starts the program and waits for the end of its standard input, which comes when the tests are over. The program's
/// output ends when the program ends.
const SCRIPT: &str = "exec 3<&0; \"$@\" </dev/null & exec >/dev/null; cat <&3; kill $!; wait";

/// A running program; it ends when this is dropped.
pub(crate) struct Process {
    shell: Child,
}

impl Process {
    /// Starts a program and returns what `answer` finds in a line of its standard output.
    pub(crate) fn start<T>(program: &Command, answer: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let mut shell = Command::new("/bin/sh");
        // The settings of this computer's user must not matter.
        shell
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        shell.args(["-c", SCRIPT, "guard"]);
        shell.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            shell.env(name, value.expect("nothing is taken from the environment"));
        }
        if let Some(folder) = program.get_current_dir() {
            shell.current_dir(folder);
        }
        let mut shell = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("every system has a shell");
        let output = shell.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut output = Vec::new();
        let found = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("{program:?} did not start: {}", output.join("\n")));
            if let Some(found) = answer(&line) {
                break found;
            }
            output.push(line);
        };
        // Nothing reads what the program writes later, but it must be able to write it.
        std::thread::spawn(move || lines.for_each(drop));
        (Self { shell }, found)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().expect("it ends");
    }
}
