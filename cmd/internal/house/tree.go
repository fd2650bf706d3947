package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Self is the module's own path, the prefix of every import of ours.
const Self = "ringback"

// Tree is the Go source of a repository.
type Tree []File

// File is what the rules need to know of one source file.
type File struct {
	// Path is from the top of the repository: "ivr/line/server.go".
	Path string
	// Test is true for _test.go files and for all files of a test kit.
	Test    bool
	Imports []Import
	// Members are the uses of a name after a dot: time.Now, t.Skip.
	Members []Member
}

// Import is one import of a file.
type Import struct {
	Path string
	Line int
}

// Member is one X.Name; Of is X's import path, or X itself when it is no
// imported package.
type Member struct {
	Of, Name string
	Line     int
}

// Package is the folder of the file: "ivr/line".
func (f File) Package() string { return path.Dir(f.Path) }

// Breach is one place where a rule does not hold.
type Breach struct {
	File string
	Line int
	// Says what is wrong, and what to do about it.
	Says string
}

// String is file:line: what is wrong, as editors like it.
func (b Breach) String() string {
	if b.Line == 0 {
		return b.File + ": " + b.Says
	}
	return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.Says)
}

// IsKit reports whether a package is a test kit, as sessions/sessionstest is:
// only tests import it, and it may use what tests may.
func IsKit(pkg string) bool {
	return strings.HasSuffix(path.Base(pkg), "test") && path.Base(pkg) != "test"
}

// Ours turns an import path of this module into its folder.
func Ours(imported string) (string, bool) {
	if imported == Self {
		return ".", true
	}
	return strings.CutPrefix(imported, Self+"/")
}

// Scan reads every Go file of a repository, whatever its build tags. Folders
// that Go ignores (testdata, a leading dot or underscore) are left out.
func Scan(repository fs.FS) (Tree, error) {
	var tree Tree
	err := fs.WalkDir(repository, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(base) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		if err != nil {
			return err
		}
		f, err := parse(name, text)
		if err != nil {
			return err
		}
		tree = append(tree, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("scan the source: %w", err)
	}
	return tree, nil
}

func parse(name string, text []byte) (File, error) {
	f := File{Path: name, Test: strings.HasSuffix(name, "_test.go") || IsKit(path.Dir(name))}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return f, err
	}
	line := func(p token.Pos) int { return set.Position(p).Line }
	names := map[string]string{} // as used in the file: import path
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, fmt.Errorf("%s: unquote import: %w", name, err)
		}
		f.Imports = append(f.Imports, Import{imported, line(spec.Pos())})
		short := path.Base(imported)
		if spec.Name != nil {
			short = spec.Name.Name
		}
		names[short] = imported
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				of := x.Name
				if imported, ok := names[of]; ok {
					of = imported
				}
				f.Members = append(f.Members, Member{of, s.Sel.Name, line(s.Pos())})
			}
		}
		return true
	})
	return f, nil
}

// within reports whether a package is in one of the rooms: "ivr/line" is that
// package alone, "ivr/desk/..." it and all below, "..." every package.
func within(pkg string, rooms []string) bool {
	for _, room := range rooms {
		tree, below := strings.CutSuffix(room, "...")
		tree = strings.TrimSuffix(tree, "/")
		if pkg == tree || below && (tree == "" || strings.HasPrefix(pkg, tree+"/")) {
			return true
		}
	}
	return false
}
