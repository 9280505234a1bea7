// A foreign verifier of exported logs: Go's own packages for notes and transparency logs, and none of Holdfast's code.
//
//	foreign_log FOLDER VERIFIER [OLDER-CHECKPOINT]
//
// It reads every bundle of entries, compares their tree with the signed checkpoint and with the stored tiles, checks a
// proof for every entry, and, where an older checkpoint is given, that the log goes on from it.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type checkpoint struct {
	size int64
	root tlog.Hash
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "foreign_log: %s: %v\n", what, err)
		os.Exit(1)
	}
}

// Three lines: origin, size, root hash. (Go's own text form of trees is another one.)
func openCheckpoint(file, key string) checkpoint {
	text, err := os.ReadFile(file)
	must(err, "reading checkpoint")
	verifier, err := note.NewVerifier(key)
	must(err, "reading verifier key")
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err, "opening note")
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not three lines, or of another log"), "reading checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "reading size")
	root, err := tlog.ParseHash(lines[2])
	must(err, "reading root hash")
	return checkpoint{size, root}
}

// The number of a tile as a path: 1234067 is x001/x234/067.
func place(index int64, width int64) string {
	text := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		text = fmt.Sprintf("x%03d/%s", index%1000, text)
	}
	if width < 256 {
		text += fmt.Sprintf(".p/%d", width)
	}
	return text
}

func readEntries(folder string, size int64) [][]byte {
	var entries [][]byte
	for first := int64(0); first < size; first += 256 {
		width := min(256, size-first)
		bundle, err := os.ReadFile(filepath.Join(folder, "tile/entries", place(first/256, width)))
		must(err, "reading bundle")
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(bundle))
			entries = append(entries, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return entries
}

// Stored hashes in the order of package tlog.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, s[index])
	}
	return found, nil
}

func compareTiles(folder string, size int64, hashes stored) {
	for _, tile := range tlog.NewTiles(8, 0, size) {
		computed, err := tlog.ReadTileData(tile, hashes)
		must(err, "computing tile")
		kept, err := os.ReadFile(filepath.Join(folder, "tile", strconv.Itoa(tile.L), place(tile.N, int64(tile.W))))
		must(err, "reading tile")
		if !bytes.Equal(kept, computed) {
			must(fmt.Errorf("it was altered"), tile.Path())
		}
	}
}

func main() {
	if len(os.Args) < 3 {
		must(fmt.Errorf("foreign_log FOLDER VERIFIER [OLDER-CHECKPOINT]"), "usage")
	}
	folder, key := os.Args[1], os.Args[2]
	newest := openCheckpoint(filepath.Join(folder, "checkpoint"), key)
	var hashes stored
	for i, entry := range readEntries(folder, newest.size) {
		more, err := tlog.StoredHashes(int64(i), entry, hashes)
		must(err, "hashing entry")
		hashes = append(hashes, more...)
	}
	root, err := tlog.TreeHash(newest.size, hashes)
	must(err, "hashing tree")
	if root != newest.root {
		must(fmt.Errorf("the entries have another root hash"), "comparing")
	}
	compareTiles(folder, newest.size, hashes)
	for i, entry := range readEntries(folder, newest.size) {
		proof, err := tlog.ProveRecord(newest.size, int64(i), hashes)
		must(err, "proving entry")
		must(tlog.CheckRecord(proof, newest.size, newest.root, int64(i), tlog.RecordHash(entry)), "checking entry")
	}
	if len(os.Args) > 3 {
		older := openCheckpoint(os.Args[3], key)
		proof, err := tlog.ProveTree(newest.size, older.size, hashes)
		must(err, "proving tree")
		must(tlog.CheckTree(proof, newest.size, newest.root, older.size, older.root), "checking tree")
	}
	fmt.Printf("%d entries\n", newest.size)
}
