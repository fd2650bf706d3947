package house

import (
	"path"
	"slices"
	"strings"
)

// Top lists what may lie at the top of the repository. What a stranger sees
// first should be short, and each entry something that must be there.
func Top() []string {
	return []string{
		"cmd", "docs", "ivr", "metrics", "sessions", "twiml",
		"go.mod", "go.sum",
		"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
		"Makefile", "Dockerfile", "docker-compose.yml", "ringback.example.yaml",
		".ci", ".dockerignore", ".editorconfig", ".git", ".github", ".gitignore", ".golangci.yml",
	}
}

// CheckTop holds that nothing else lies there; what .gitignore names at the top
// may come and go.
func CheckTop(entries []string, gitignore string) []Breach {
	var found []Breach
	for _, e := range entries {
		if slices.Contains(Top(), e) || ignored(e, gitignore) {
			continue
		}
		found = append(found, Breach{
			File: e,
			Says: "does not belong at the top: put it into the package or under docs or .ci, or give it a line in Top (cmd/internal/house/top.go)",
		})
	}
	return found
}

// ignored matches an entry of the top against the plain patterns that our
// .gitignore is made of.
func ignored(entry, gitignore string) bool {
	for line := range strings.Lines(gitignore) {
		pattern := strings.Trim(strings.TrimSpace(line), "/")
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		if ok, err := path.Match(pattern, entry); err == nil && ok {
			return true
		}
	}
	return false
}
