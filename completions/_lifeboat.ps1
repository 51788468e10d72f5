
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'lifeboat' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'lifeboat'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'lifeboat' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make a folder with an estate, baselines and scenarios to start from')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Check estate, runbooks and scenarios; every mistake in one run')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print a JSON Schema, or the catalogue of facts')
            [CompletionResult]::new('ready', 'ready', [CompletionResultType]::ParameterValue, 'Say what would stop a runbook, before the incident')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Ask the real world and print the evidence')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Probe, and say what is broken, where, how sure and why')
            [CompletionResult]::new('declare', 'declare', [CompletionResultType]::ParameterValue, 'Open an incident')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Freeze one phase of a runbook into a plan')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Say yes to a plan that somebody else runs, by signature or at a terminal')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Approve a plan at this terminal and carry it out')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on where a run stopped')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Reverse what a run changed')
            [CompletionResult]::new('halt', 'halt', [CompletionResultType]::ParameterValue, 'Stop a run before its next effect, from another terminal')
            [CompletionResult]::new('take-over', 'take-over', [CompletionResultType]::ParameterValue, 'Shut out whoever runs the incident, so that `resume` works here')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say where the incident stands')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Print what happened, in order')
            [CompletionResult]::new('note', 'note', [CompletionResultType]::ParameterValue, 'Write something down in the journal')
            [CompletionResult]::new('message', 'message', [CompletionResultType]::ParameterValue, 'Preview a message of the runbooks'' templates')
            [CompletionResult]::new('handoff', 'handoff', [CompletionResultType]::ParameterValue, 'Print what the next person must know')
            [CompletionResult]::new('postmortem', 'postmortem', [CompletionResultType]::ParameterValue, 'Write the postmortem from what really happened')
            [CompletionResult]::new('close', 'close', [CompletionResultType]::ParameterValue, 'Close the incident')
            [CompletionResult]::new('incidents', 'incidents', [CompletionResultType]::ParameterValue, 'List incidents')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Rehearse an outage in a sealed world')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run scenarios as tests')
            [CompletionResult]::new('runbook', 'runbook', [CompletionResultType]::ParameterValue, 'List, show, compare, fetch and accept runbooks')
            [CompletionResult]::new('zone', 'zone', [CompletionResultType]::ParameterValue, 'Copy zones into the repository, compare copies, and ask one server for many names')
            [CompletionResult]::new('journal', 'journal', [CompletionResultType]::ParameterValue, 'Verify a journal')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;init' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;lint' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;schema' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;ready' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--needs', '--needs', [CompletionResultType]::ParameterName, 'List every host, credential and path that each runbook needs')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;probe' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;diagnose' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Write the verdict into the open incident''s journal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;declare' {
            [CompletionResult]::new('--severity', '--severity', [CompletionResultType]::ParameterName, 'How bad it is')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;plan' {
            [CompletionResult]::new('--phase', '--phase', [CompletionResultType]::ParameterName, 'Which phase')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A parameter of the runbook, for example `standby=desec-standby`')
            [CompletionResult]::new('--against', '--against', [CompletionResultType]::ParameterName, 'Show only what differs from an earlier plan of this incident: its path, digest or short digest')
            [CompletionResult]::new('--override-root-ns', '--override-root-ns', [CompletionResultType]::ParameterName, 'Go past the limit that guards the name servers at the top of a zone that is written, the root''s among them')
            [CompletionResult]::new('--override-empty-source', '--override-empty-source', [CompletionResultType]::ParameterName, 'Go past the limit that guards what is there, against a source that yields nothing in its place')
            [CompletionResult]::new('--override-all-deleted', '--override-all-deleted', [CompletionResultType]::ParameterName, 'Go past the limit that guards the last record of a set and the last tracker of a list')
            [CompletionResult]::new('--override-last-server', '--override-last-server', [CompletionResultType]::ParameterName, 'Go past the limit that guards the last name servers of a zone that are known to answer')
            [CompletionResult]::new('--override-last-tracker', '--override-last-tracker', [CompletionResultType]::ParameterName, 'Go past the limit that guards the last trackers of a torrent that are known to answer')
            [CompletionResult]::new('--override-share', '--override-share', [CompletionResultType]::ParameterName, 'Go past the limit that guards how large a part of a zone, of a seedbox or of our trackers is touched')
            [CompletionResult]::new('--override-count', '--override-count', [CompletionResultType]::ParameterName, 'Go past the limit that guards how many zones, record sets, torrents and changes are touched')
            [CompletionResult]::new('--override-record-type', '--override-record-type', [CompletionResultType]::ParameterName, 'Go past the limit that guards which types of records are written')
            [CompletionResult]::new('--override-unsafe-dnssec', '--override-unsafe-dnssec', [CompletionResultType]::ParameterName, 'Go past the limit that guards validating resolvers, against a provider whose answers are not known to validate now')
            [CompletionResult]::new('--override-tcp-dead', '--override-tcp-dead', [CompletionResultType]::ParameterName, 'Go past the limit that guards resolvers, against a provider that cannot be reached over TCP')
            [CompletionResult]::new('--override-no-parity', '--override-no-parity', [CompletionResultType]::ParameterName, 'Go past the limit that guards users, against a provider that does not hold its zones as git or the estate has them')
            [CompletionResult]::new('--override-hidden-origin', '--override-hidden-origin', [CompletionResultType]::ParameterName, 'Go past the limit that guards origins that must not become public')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;approve' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Who says yes: a contact of the estate; absent: whoever this account is named after')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Sign here with this private key')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Let the ssh-agent at this socket sign, for example "$SSH_AUTH_SOCK"')
            [CompletionResult]::new('--take', '--take', [CompletionResultType]::ParameterName, 'Take what was signed elsewhere: the statement with its signature below, or beside it in FILE.sig; `-` pastes')
            [CompletionResult]::new('--code', '--code', [CompletionResultType]::ParameterName, 'Take a printed code that the approver reads out over the phone: the next one of their sheet, or that number')
            [CompletionResult]::new('--print-codes', '--print-codes', [CompletionResultType]::ParameterName, 'Print a new sheet of so many one-time codes for a contact, and note beside the estate what knows them again')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--undo', '--undo', [CompletionResultType]::ParameterName, 'Say yes to undoing the plan')
            [CompletionResult]::new('--offer', '--offer', [CompletionResultType]::ParameterName, 'Lay the plan at the estate''s git remote, for people elsewhere')
            [CompletionResult]::new('--collect', '--collect', [CompletionResultType]::ParameterName, 'Take every signature that lies beside the plan there')
            [CompletionResult]::new('--offered', '--offered', [CompletionResultType]::ParameterName, 'Say yes elsewhere: read the plan there by its digest, and lay the signature beside it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;run' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Come back after so long with exit code 9; `resume` continues')
            [CompletionResult]::new('--break-glass', '--break-glass', [CompletionResultType]::ParameterName, 'Go on without the people that the policy wants, and say in a long reason why nobody else can be waited for')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;resume' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Come back after so long with exit code 9; `resume` continues')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;undo' {
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Come back after so long with exit code 9; `resume` continues')
            [CompletionResult]::new('--break-glass', '--break-glass', [CompletionResultType]::ParameterName, 'Go on without the people that the policy wants, and say in a long reason why nobody else can be waited for')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;halt' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;take-over' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why; it is written into the journal')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;status' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;timeline' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;note' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;message' {
            [CompletionResult]::new('--audience', '--audience', [CompletionResultType]::ParameterName, 'For whom')
            [CompletionResult]::new('--language', '--language', [CompletionResultType]::ParameterName, 'In which language')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;handoff' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;postmortem' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'In which form')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;close' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why it is over')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;incidents' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Closed ones as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;drill' {
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep the drill''s incident, messages and plans in this folder')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--unattended', '--unattended', [CompletionResultType]::ParameterName, 'Let the built-in responder do what the commands advise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;test' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--embedded', '--embedded', [CompletionResultType]::ParameterName, 'The embedded scenarios as well')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Every runbook, with where it came from')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'One runbook''s text')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Print the commits of a runbook, with who signed them')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print what changed in a runbook between two commits')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;runbook;list' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;show' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;log' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;diff' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;fetch' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;accept' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;runbook;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Every runbook, with where it came from')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'One runbook''s text')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Print the commits of a runbook, with who signed them')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print what changed in a runbook between two commits')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;runbook;help;list' {
            break
        }
        'lifeboat;runbook;help;show' {
            break
        }
        'lifeboat;runbook;help;log' {
            break
        }
        'lifeboat;runbook;help;diff' {
            break
        }
        'lifeboat;runbook;help;fetch' {
            break
        }
        'lifeboat;runbook;help;accept' {
            break
        }
        'lifeboat;runbook;help;help' {
            break
        }
        'lifeboat;zone' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Copy zones from the providers that hold them into `zones/` beside the estate')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print how two copies of a zone differ; without sides, what git has and what each provider has now')
            [CompletionResult]::new('parity', 'parity', [CompletionResultType]::ParameterValue, 'Say whether every provider''s whole copy is as git has it; without a snapshot, as the serving provider has it')
            [CompletionResult]::new('patch', 'patch', [CompletionResultType]::ParameterValue, 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too')
            [CompletionResult]::new('ask', 'ask', [CompletionResultType]::ParameterValue, 'Ask one server for every name of a file, and say which answers are not as written')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;zone;snapshot' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From this provider alone; may stand several times')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;zone;diff' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;zone;parity' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;zone;patch' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'lifeboat;zone;ask' {
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Whom: an address, or of the estate the name of a name server or the id of a provider or resolver')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'The most questions a second')
            [CompletionResult]::new('--tries', '--tries', [CompletionResultType]::ParameterName, 'How often a question is tried')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Ask for recursion, as a resolver is asked')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'lifeboat;zone;help' {
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Copy zones from the providers that hold them into `zones/` beside the estate')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print how two copies of a zone differ; without sides, what git has and what each provider has now')
            [CompletionResult]::new('parity', 'parity', [CompletionResultType]::ParameterValue, 'Say whether every provider''s whole copy is as git has it; without a snapshot, as the serving provider has it')
            [CompletionResult]::new('patch', 'patch', [CompletionResultType]::ParameterValue, 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too')
            [CompletionResult]::new('ask', 'ask', [CompletionResultType]::ParameterValue, 'Ask one server for every name of a file, and say which answers are not as written')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;zone;help;snapshot' {
            break
        }
        'lifeboat;zone;help;diff' {
            break
        }
        'lifeboat;zone;help;parity' {
            break
        }
        'lifeboat;zone;help;patch' {
            break
        }
        'lifeboat;zone;help;ask' {
            break
        }
        'lifeboat;zone;help;help' {
            break
        }
        'lifeboat;journal' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Hold every record against the one before it, and the whole against every anchor that can be found')
            [CompletionResult]::new('purge', 'purge', [CompletionResultType]::ParameterValue, 'Remove transcripts; the records that name them stay, and the chain still verifies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;journal;verify' {
            [CompletionResult]::new('--anchor', '--anchor', [CompletionResultType]::ParameterName, 'A head that somebody kept: an approval''s, a message''s, one written on paper')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;journal;purge' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only those older than this, for example 90d; without `--incident`, of every incident')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the journal')
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;journal;help' {
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Hold every record against the one before it, and the whole against every anchor that can be found')
            [CompletionResult]::new('purge', 'purge', [CompletionResultType]::ParameterValue, 'Remove transcripts; the records that name them stay, and the chain still verifies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;journal;help;verify' {
            break
        }
        'lifeboat;journal;help;purge' {
            break
        }
        'lifeboat;journal;help;help' {
            break
        }
        'lifeboat;completions' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;man' {
            [CompletionResult]::new('--estate', '--estate', [CompletionResultType]::ParameterName, 'The estate document; `-` reads it from standard input')
            [CompletionResult]::new('--incident', '--incident', [CompletionResultType]::ParameterName, 'The incident; only needed when several are open')
            [CompletionResult]::new('--deadline', '--deadline', [CompletionResultType]::ParameterName, 'How long probing may take, for example 20s')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (`run`, `resume`, `undo`: JSON Lines)')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Touch no network')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'lifeboat;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make a folder with an estate, baselines and scenarios to start from')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Check estate, runbooks and scenarios; every mistake in one run')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print a JSON Schema, or the catalogue of facts')
            [CompletionResult]::new('ready', 'ready', [CompletionResultType]::ParameterValue, 'Say what would stop a runbook, before the incident')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Ask the real world and print the evidence')
            [CompletionResult]::new('diagnose', 'diagnose', [CompletionResultType]::ParameterValue, 'Probe, and say what is broken, where, how sure and why')
            [CompletionResult]::new('declare', 'declare', [CompletionResultType]::ParameterValue, 'Open an incident')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'Freeze one phase of a runbook into a plan')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Say yes to a plan that somebody else runs, by signature or at a terminal')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Approve a plan at this terminal and carry it out')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Go on where a run stopped')
            [CompletionResult]::new('undo', 'undo', [CompletionResultType]::ParameterValue, 'Reverse what a run changed')
            [CompletionResult]::new('halt', 'halt', [CompletionResultType]::ParameterValue, 'Stop a run before its next effect, from another terminal')
            [CompletionResult]::new('take-over', 'take-over', [CompletionResultType]::ParameterValue, 'Shut out whoever runs the incident, so that `resume` works here')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say where the incident stands')
            [CompletionResult]::new('timeline', 'timeline', [CompletionResultType]::ParameterValue, 'Print what happened, in order')
            [CompletionResult]::new('note', 'note', [CompletionResultType]::ParameterValue, 'Write something down in the journal')
            [CompletionResult]::new('message', 'message', [CompletionResultType]::ParameterValue, 'Preview a message of the runbooks'' templates')
            [CompletionResult]::new('handoff', 'handoff', [CompletionResultType]::ParameterValue, 'Print what the next person must know')
            [CompletionResult]::new('postmortem', 'postmortem', [CompletionResultType]::ParameterValue, 'Write the postmortem from what really happened')
            [CompletionResult]::new('close', 'close', [CompletionResultType]::ParameterValue, 'Close the incident')
            [CompletionResult]::new('incidents', 'incidents', [CompletionResultType]::ParameterValue, 'List incidents')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Rehearse an outage in a sealed world')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run scenarios as tests')
            [CompletionResult]::new('runbook', 'runbook', [CompletionResultType]::ParameterValue, 'List, show, compare, fetch and accept runbooks')
            [CompletionResult]::new('zone', 'zone', [CompletionResultType]::ParameterValue, 'Copy zones into the repository, compare copies, and ask one server for many names')
            [CompletionResult]::new('journal', 'journal', [CompletionResultType]::ParameterValue, 'Verify a journal')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'lifeboat;help;init' {
            break
        }
        'lifeboat;help;lint' {
            break
        }
        'lifeboat;help;schema' {
            break
        }
        'lifeboat;help;ready' {
            break
        }
        'lifeboat;help;probe' {
            break
        }
        'lifeboat;help;diagnose' {
            break
        }
        'lifeboat;help;declare' {
            break
        }
        'lifeboat;help;plan' {
            break
        }
        'lifeboat;help;approve' {
            break
        }
        'lifeboat;help;run' {
            break
        }
        'lifeboat;help;resume' {
            break
        }
        'lifeboat;help;undo' {
            break
        }
        'lifeboat;help;halt' {
            break
        }
        'lifeboat;help;take-over' {
            break
        }
        'lifeboat;help;status' {
            break
        }
        'lifeboat;help;timeline' {
            break
        }
        'lifeboat;help;note' {
            break
        }
        'lifeboat;help;message' {
            break
        }
        'lifeboat;help;handoff' {
            break
        }
        'lifeboat;help;postmortem' {
            break
        }
        'lifeboat;help;close' {
            break
        }
        'lifeboat;help;incidents' {
            break
        }
        'lifeboat;help;drill' {
            break
        }
        'lifeboat;help;test' {
            break
        }
        'lifeboat;help;runbook' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Every runbook, with where it came from')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'One runbook''s text')
            [CompletionResult]::new('log', 'log', [CompletionResultType]::ParameterValue, 'Print the commits of a runbook, with who signed them')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print what changed in a runbook between two commits')
            [CompletionResult]::new('fetch', 'fetch', [CompletionResultType]::ParameterValue, 'Fetch the branch that is checked out; it moves forward once somebody vouches for what came')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose')
            break
        }
        'lifeboat;help;runbook;list' {
            break
        }
        'lifeboat;help;runbook;show' {
            break
        }
        'lifeboat;help;runbook;log' {
            break
        }
        'lifeboat;help;runbook;diff' {
            break
        }
        'lifeboat;help;runbook;fetch' {
            break
        }
        'lifeboat;help;runbook;accept' {
            break
        }
        'lifeboat;help;zone' {
            [CompletionResult]::new('snapshot', 'snapshot', [CompletionResultType]::ParameterValue, 'Copy zones from the providers that hold them into `zones/` beside the estate')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Print how two copies of a zone differ; without sides, what git has and what each provider has now')
            [CompletionResult]::new('parity', 'parity', [CompletionResultType]::ParameterValue, 'Say whether every provider''s whole copy is as git has it; without a snapshot, as the serving provider has it')
            [CompletionResult]::new('patch', 'patch', [CompletionResultType]::ParameterValue, 'Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too')
            [CompletionResult]::new('ask', 'ask', [CompletionResultType]::ParameterValue, 'Ask one server for every name of a file, and say which answers are not as written')
            break
        }
        'lifeboat;help;zone;snapshot' {
            break
        }
        'lifeboat;help;zone;diff' {
            break
        }
        'lifeboat;help;zone;parity' {
            break
        }
        'lifeboat;help;zone;patch' {
            break
        }
        'lifeboat;help;zone;ask' {
            break
        }
        'lifeboat;help;journal' {
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Hold every record against the one before it, and the whole against every anchor that can be found')
            [CompletionResult]::new('purge', 'purge', [CompletionResultType]::ParameterValue, 'Remove transcripts; the records that name them stay, and the chain still verifies')
            break
        }
        'lifeboat;help;journal;verify' {
            break
        }
        'lifeboat;help;journal;purge' {
            break
        }
        'lifeboat;help;completions' {
            break
        }
        'lifeboat;help;man' {
            break
        }
        'lifeboat;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
