package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the manual, the alerts and the API tell a person to type is there: the verb, its
// flags, and no more arguments than it takes.
func TestWhatTheManualTellsToTypeIsThere(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{
		"../../*.md", "../../docs/*.md", "../../docs/*/*.md", "../../deploy/*.yaml", "../../deploy/prometheus/*.yaml",
		"../../internal/reason/*.go", "../../server/web/*.go", "../../jobs/notice/*.go",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		files = append(files, found...)
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, told := range toldToType(string(text)) {
			seen++
			if why := cannotBeTyped(told); why != "" {
				t.Errorf("%s: touchline %s: %s", file, strings.Join(told, " "), why)
			}
		}
	}
	if seen < 80 {
		t.Errorf("only %d were looked at", seen)
	}
	for _, wrong := range []string{"runs list people", "runs lost", "nonsense", "schedule list --all"} {
		if cannotBeTyped(strings.Fields(wrong)) == "" {
			t.Errorf("touchline %s passes", wrong)
		}
	}
}

var (
	typed       = regexp.MustCompile("(?m)(?:[`\"]|bin/|then )touchline ([a-z][^`\\n]*)")
	placeholder = regexp.MustCompile(`\{\{[^}]*\}\}|'[^']*'|"[^"]*"|\\"[^"]*\\"`)
	verbWord    = regexp.MustCompile(`^[a-z][a-z-]*$`)
	argument    = regexp.MustCompile(`^(?:--?[a-z][a-z-]*(?:=\S*)?|[A-Z0-9_/.@-]+|\S*[/.:]\S*)$`)
)

// toldToType returns the commands of a text: after two words, what looks like flags and
// arguments, up to the prose behind.
func toldToType(text string) (all [][]string) {
	for _, m := range typed.FindAllStringSubmatch(text, -1) {
		var words []string
		for i, word := range strings.Fields(placeholder.ReplaceAllString(m[1], "X")) {
			end := strings.TrimRight(word, "`,;:.)\"")
			flagged := len(words) > 0 && strings.HasPrefix(words[len(words)-1], "--")
			if !(i < 2 && verbWord.MatchString(end)) && !argument.MatchString(end) && !flagged {
				break
			}
			words = append(words, end)
			if end != word {
				break
			}
		}
		if len(words) > 0 {
			all = append(all, words)
		}
	}
	return all
}

// cannotBeTyped says what is wrong with a command, or nothing. It may lack arguments, and
// what is its second word may be prose.
func cannotBeTyped(words []string) string {
	root := newRootCommand()
	cmd, rest, err := root.Find(words)
	if err != nil && (cmd == root.Command || cmd.HasSubCommands()) {
		return err.Error()
	}
	if cmd == root.Command {
		return "no such verb"
	}
	if !cmd.HasParent() || !cmd.Parent().HasParent() && !cmd.HasSubCommands() && len(rest) > 0 && verbWord.MatchString(rest[0]) {
		return "" // such as "touchline doctor says"
	}
	if cmd.HasSubCommands() && len(rest) > 0 && verbWord.MatchString(rest[0]) {
		return cmd.CommandPath() + " has no such verb"
	}
	if err := cmd.ParseFlags(rest); err != nil && !strings.Contains(err.Error(), "flag needs an argument") && !strings.Contains(err.Error(), "invalid argument") {
		return err.Error()
	}
	args := cmd.Flags().Args()
	for range 3 {
		if err = cmd.ValidateArgs(args); err == nil || len(args) == 0 {
			return ""
		}
		args = append(args, "X")
	}
	return err.Error()
}
