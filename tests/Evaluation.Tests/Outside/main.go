// Reads a log with Go's own implementation of signed notes and transparency logs, which knows nothing of ours:
// the checkpoint's signature, every entry against the tiles, and the service's own proofs. Built without modules from
// Debian's golang-golang-x-mod-dev. Usage: main URL API-KEY VERIFIER-KEY
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var url, key = os.Args[1], os.Args[2]

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func get(path string) []byte {
	request, err := http.NewRequest("GET", url+path, nil)
	check(err)
	request.Header.Set("X-Api-Key", key)
	answer, err := http.DefaultClient.Do(request)
	check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	check(err)
	if answer.StatusCode != 200 {
		check(fmt.Errorf("%s: %s %s", path, answer.Status, body))
	}
	return body
}

type tiles struct{}

func (tiles) Height() int                       { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte)   {}
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(wanted))
	for i, tile := range wanted {
		// Go puts the tile's height into the path; tlog-tiles, where it is always 8, does not.
		data[i] = get("/v1/log/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
	}
	return data, nil
}

func hash(b []byte) (h tlog.Hash) { copy(h[:], b); return }

func hashes(all [][]byte) (list []tlog.Hash) {
	for _, one := range all {
		list = append(list, hash(one))
	}
	return
}

func main() {
	verifier, err := note.NewVerifier(os.Args[3])
	check(err)
	opened, err := note.Open(get("/v1/log/checkpoint"), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	tree := tlog.Tree{N: size, Hash: root}
	reader := tlog.TileHashReader(tree, tiles{})

	for first := int64(0); first < size; first += 256 {
		width := size - first
		suffix := fmt.Sprintf(".p/%d", width)
		if width >= 256 {
			width, suffix = 256, ""
		}
		bundle := get(fmt.Sprintf("/v1/log/tile/entries/%03d%s", first/256, suffix))
		var indexes []int64
		var leaves []tlog.Hash
		for i := int64(0); i < width; i++ {
			length := binary.BigEndian.Uint16(bundle)
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
			leaves = append(leaves, tlog.RecordHash(entry))
		}
		if len(bundle) != 0 {
			check(fmt.Errorf("bytes after the last entry"))
		}
		stored, err := reader.ReadHashes(indexes)
		check(err)
		for i := range stored {
			if stored[i] != leaves[i] {
				check(fmt.Errorf("entry %d is not its leaf", first+int64(i)))
			}
		}
	}

	// The service's own proofs.
	var page struct{ Items []struct{ EventId string } }
	check(json.Unmarshal(get("/v1/log/entries?limit=100"), &page))
	for _, item := range page.Items {
		var proved struct {
			Proof struct {
				Index, Size int64
				Leaf, Root  []byte
				Hashes      [][]byte
			}
		}
		check(json.Unmarshal(get(fmt.Sprintf("/v1/log/inclusion?event=%s&size=%d", item.EventId, size)), &proved))
		check(tlog.CheckRecord(hashes(proved.Proof.Hashes), size, root, proved.Proof.Index, hash(proved.Proof.Leaf)))
	}
	consistent := 0
	for from := int64(1); from < size; from += 1 + size/50 {
		var proof struct {
			FromRoot, ToRoot []byte
			Hashes           [][]byte
		}
		check(json.Unmarshal(get(fmt.Sprintf("/v1/log/consistency?from=%d&to=%d", from, size)), &proof))
		own, err := tlog.TreeHash(from, reader)
		check(err)
		if hash(proof.FromRoot) != own || hash(proof.ToRoot) != root {
			check(fmt.Errorf("another root at %d", from))
		}
		check(tlog.CheckTree(hashes(proof.Hashes), size, root, from, own))
		consistent++
	}
	fmt.Printf("%d entries, %d inclusions, %d consistencies\n", size, len(page.Items), consistent)
}
