# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_lifeboat_global_optspecs
    string join \n estate= incident= json deadline= offline v/verbose h/help V/version
end

function __fish_lifeboat_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_lifeboat_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_lifeboat_using_subcommand
    set -l cmd (__fish_lifeboat_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c lifeboat -n "__fish_lifeboat_needs_command" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_needs_command" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_needs_command" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_needs_command" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -s V -l version -d 'Print version'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "init" -d 'Make a folder with an estate, baselines and scenarios to start from'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "lint" -d 'Check estate, runbooks and scenarios; every mistake in one run'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "schema" -d 'Print a JSON Schema, or the catalogue of facts'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "ready" -d 'Say what would stop a runbook, before the incident'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "probe" -d 'Ask the real world and print the evidence'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "diagnose" -d 'Probe, and say what is broken, where, how sure and why'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "declare" -d 'Open an incident'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "plan" -d 'Freeze one phase of a runbook into a plan'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "approve" -d 'Say yes to a plan that somebody else runs, by signature or at a terminal'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "run" -d 'Approve a plan at this terminal and carry it out'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "resume" -d 'Go on where a run stopped'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "undo" -d 'Reverse what a run changed'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "halt" -d 'Stop a run before its next effect, from another terminal'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "take-over" -d 'Shut out whoever runs the incident, so that `resume` works here'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "status" -d 'Say where the incident stands'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "timeline" -d 'Print what happened, in order'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "note" -d 'Write something down in the journal'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "message" -d 'Preview a message of the runbooks\' templates'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "handoff" -d 'Print what the next person must know'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "postmortem" -d 'Write the postmortem from what really happened'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "close" -d 'Close the incident'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "incidents" -d 'List incidents'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "drill" -d 'Rehearse an outage in a sealed world'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "test" -d 'Run scenarios as tests'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "runbook" -d 'List, show, compare, fetch and accept runbooks'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "zone" -d 'Copy zones into the repository, compare copies, and ask one server for many names'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "journal" -d 'Verify a journal'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "man" -d 'Print the manual page'
complete -c lifeboat -n "__fish_lifeboat_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand init" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand lint" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand schema" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l needs -d 'List every host, credential and path that each runbook needs'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand ready" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand probe" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l record -d 'Write the verdict into the open incident\'s journal'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand diagnose" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l severity -d 'How bad it is' -r -f -a "minor\t''
major\t''
critical\t''"
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand declare" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l phase -d 'Which phase' -r -f -a "immediate\t''
recovery\t''
post-incident\t''"
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l set -d 'A parameter of the runbook, for example `standby=desec-standby`' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l against -d 'Show only what differs from an earlier plan of this incident: its path, digest or short digest' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-root-ns -d 'Go past the limit that guards the name servers at the top of a zone that is written, the root\'s among them' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-empty-source -d 'Go past the limit that guards what is there, against a source that yields nothing in its place' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-all-deleted -d 'Go past the limit that guards the last record of a set and the last tracker of a list' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-last-server -d 'Go past the limit that guards the last name servers of a zone that are known to answer' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-last-tracker -d 'Go past the limit that guards the last trackers of a torrent that are known to answer' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-share -d 'Go past the limit that guards how large a part of a zone, of a seedbox or of our trackers is touched' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-count -d 'Go past the limit that guards how many zones, record sets, torrents and changes are touched' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-record-type -d 'Go past the limit that guards which types of records are written' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-unsafe-dnssec -d 'Go past the limit that guards validating resolvers, against a provider whose answers are not known to validate now' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-tcp-dead -d 'Go past the limit that guards resolvers, against a provider that cannot be reached over TCP' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-no-parity -d 'Go past the limit that guards users, against a provider that does not hold its zones as git or the estate has them' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l override-hidden-origin -d 'Go past the limit that guards origins that must not become public' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand plan" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l as -d 'Who says yes: a contact of the estate; absent: whoever this account is named after' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l key -d 'Sign here with this private key' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l agent -d 'Let the ssh-agent at this socket sign, for example "$SSH_AUTH_SOCK"' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l take -d 'Take what was signed elsewhere: the statement with its signature below, or beside it in FILE.sig; `-` pastes' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l code -d 'Take a printed code that the approver reads out over the phone: the next one of their sheet, or that number' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l print-codes -d 'Print a new sheet of so many one-time codes for a contact, and note beside the estate what knows them again' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l undo -d 'Say yes to undoing the plan'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l offer -d 'Lay the plan at the estate\'s git remote, for people elsewhere'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l collect -d 'Take every signature that lies beside the plan there'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l offered -d 'Say yes elsewhere: read the plan there by its digest, and lay the signature beside it'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand approve" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l wait -d 'Come back after so long with exit code 9; `resume` continues' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l break-glass -d 'Go on without the people that the policy wants, and say in a long reason why nobody else can be waited for' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand run" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l wait -d 'Come back after so long with exit code 9; `resume` continues' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand resume" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l wait -d 'Come back after so long with exit code 9; `resume` continues' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l break-glass -d 'Go on without the people that the policy wants, and say in a long reason why nobody else can be waited for' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand undo" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l reason -d 'Why' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand halt" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l reason -d 'Why; it is written into the journal' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand take-over" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand status" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand timeline" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand note" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l audience -d 'For whom' -r -f -a "customers\t''
team\t''"
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l language -d 'In which language' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand message" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand handoff" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l format -d 'In which form' -r -f -a "markdown\t''
html\t''"
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand postmortem" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l reason -d 'Why it is over' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand close" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l all -d 'Closed ones as well'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand incidents" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l keep -d 'Keep the drill\'s incident, messages and plans in this folder' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l unattended -d 'Let the built-in responder do what the commands advise'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand drill" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l embedded -d 'The embedded scenarios as well'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand test" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "list" -d 'Every runbook, with where it came from'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "show" -d 'One runbook\'s text'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "log" -d 'Print the commits of a runbook, with who signed them'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "diff" -d 'Print what changed in a runbook between two commits'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "fetch" -d 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "accept" -d 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and not __fish_seen_subcommand_from list show log diff fetch accept help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l reason -d 'Why' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from accept" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "list" -d 'Every runbook, with where it came from'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "show" -d 'One runbook\'s text'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "log" -d 'Print the commits of a runbook, with who signed them'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Print what changed in a runbook between two commits'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "fetch" -d 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "accept" -d 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand runbook; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "snapshot" -d 'Copy zones from the providers that hold them into `zones/` beside the estate'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "diff" -d 'Print how two copies of a zone differ; without sides, what git has and what each provider has now'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "parity" -d 'Say whether every provider\'s whole copy is as git has it; without a snapshot, as the serving provider has it'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "patch" -d 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "ask" -d 'Ask one server for every name of a file, and say which answers are not as written'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and not __fish_seen_subcommand_from snapshot diff parity patch ask help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l from -d 'From this provider alone; may stand several times' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from snapshot" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from parity" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from patch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l at -d 'Whom: an address, or of the estate the name of a name server or the id of a provider or resolver' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l rate -d 'The most questions a second' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l tries -d 'How often a question is tried' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l recursive -d 'Ask for recursion, as a resolver is asked'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from ask" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "snapshot" -d 'Copy zones from the providers that hold them into `zones/` beside the estate'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Print how two copies of a zone differ; without sides, what git has and what each provider has now'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "parity" -d 'Say whether every provider\'s whole copy is as git has it; without a snapshot, as the serving provider has it'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "patch" -d 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "ask" -d 'Ask one server for every name of a file, and say which answers are not as written'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand zone; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -f -a "verify" -d 'Hold every record against the one before it, and the whole against every anchor that can be found'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -f -a "purge" -d 'Remove transcripts; the records that name them stay, and the chain still verifies'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and not __fish_seen_subcommand_from verify purge help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l anchor -d 'A head that somebody kept: an approval\'s, a message\'s, one written on paper' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l older-than -d 'Only those older than this, for example 90d; without `--incident`, of every incident' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l reason -d 'Why, for the journal' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from purge" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Hold every record against the one before it, and the whole against every anchor that can be found'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "purge" -d 'Remove transcripts; the records that name them stay, and the chain still verifies'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand journal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand completions" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -l estate -d 'The estate document; `-` reads it from standard input' -r -F
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -l incident -d 'The incident; only needed when several are open' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -l deadline -d 'How long probing may take, for example 20s' -r
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -l json -d 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -l offline -d 'Touch no network'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -s v -l verbose -d 'Say more'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand man" -s h -l help -d 'Print help'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "init" -d 'Make a folder with an estate, baselines and scenarios to start from'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "lint" -d 'Check estate, runbooks and scenarios; every mistake in one run'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "schema" -d 'Print a JSON Schema, or the catalogue of facts'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "ready" -d 'Say what would stop a runbook, before the incident'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "probe" -d 'Ask the real world and print the evidence'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "diagnose" -d 'Probe, and say what is broken, where, how sure and why'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "declare" -d 'Open an incident'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "plan" -d 'Freeze one phase of a runbook into a plan'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "approve" -d 'Say yes to a plan that somebody else runs, by signature or at a terminal'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "run" -d 'Approve a plan at this terminal and carry it out'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "resume" -d 'Go on where a run stopped'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "undo" -d 'Reverse what a run changed'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "halt" -d 'Stop a run before its next effect, from another terminal'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "take-over" -d 'Shut out whoever runs the incident, so that `resume` works here'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "status" -d 'Say where the incident stands'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "timeline" -d 'Print what happened, in order'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "note" -d 'Write something down in the journal'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "message" -d 'Preview a message of the runbooks\' templates'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "handoff" -d 'Print what the next person must know'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "postmortem" -d 'Write the postmortem from what really happened'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "close" -d 'Close the incident'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "incidents" -d 'List incidents'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "drill" -d 'Rehearse an outage in a sealed world'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "test" -d 'Run scenarios as tests'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "runbook" -d 'List, show, compare, fetch and accept runbooks'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "zone" -d 'Copy zones into the repository, compare copies, and ask one server for many names'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "journal" -d 'Verify a journal'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "man" -d 'Print the manual page'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and not __fish_seen_subcommand_from init lint schema ready probe diagnose declare plan approve run resume undo halt take-over status timeline note message handoff postmortem close incidents drill test runbook zone journal completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "list" -d 'Every runbook, with where it came from'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "show" -d 'One runbook\'s text'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "log" -d 'Print the commits of a runbook, with who signed them'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "diff" -d 'Print what changed in a runbook between two commits'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "fetch" -d 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from runbook" -f -a "accept" -d 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "snapshot" -d 'Copy zones from the providers that hold them into `zones/` beside the estate'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "diff" -d 'Print how two copies of a zone differ; without sides, what git has and what each provider has now'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "parity" -d 'Say whether every provider\'s whole copy is as git has it; without a snapshot, as the serving provider has it'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "patch" -d 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from zone" -f -a "ask" -d 'Ask one server for every name of a file, and say which answers are not as written'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "verify" -d 'Hold every record against the one before it, and the whole against every anchor that can be found'
complete -c lifeboat -n "__fish_lifeboat_using_subcommand help; and __fish_seen_subcommand_from journal" -f -a "purge" -d 'Remove transcripts; the records that name them stay, and the chain still verifies'
