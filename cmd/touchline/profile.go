package main

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

// profile says where a server is and who we are there. It has the names of the flags.
type profile struct {
	Server    string `yaml:"server"`
	TokenFile string `yaml:"token_file"`
}

// profileOf is the profile that is named, or an empty one. Its token file is below the
// folder of the profiles when it has no path from the root.
func profileOf(cmd *cobra.Command) (profile, error) {
	name, _ := cmd.Flags().GetString("profile")
	if name == "" {
		return profile{}, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return profile{}, usage("--profile %s: %v", name, err)
	}
	file := filepath.Join(dir, "touchline", "profiles.yaml")
	all, err := readProfiles(file)
	if err != nil {
		return profile{}, err
	}
	p, ok := all[name]
	if !ok {
		return profile{}, usage("there is no profile %q in %s; there are %s", name, file, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if p.TokenFile != "" && !filepath.IsAbs(p.TokenFile) {
		p.TokenFile = filepath.Join(filepath.Dir(file), p.TokenFile)
	}
	return p, nil
}

func readProfiles(file string) (map[string]profile, error) {
	content, err := os.ReadFile(file) //nolint:gosec // of the user's own
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("there are no profiles: write %s, such as\n  club:\n    server: https://sync.example.org\n    token_file: club.token", file)
	}
	if err != nil {
		return nil, usage("profiles: %v", err)
	}
	all := map[string]profile{}
	read := yaml.NewDecoder(bytes.NewReader(content))
	read.KnownFields(true)
	if err := read.Decode(&all); err != nil {
		// The text of the parser may quote a line, and somebody may have put a token there.
		return nil, usage("profiles: %s cannot be read: it consists of names of profiles, each with a server and a token_file", file)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] == (profile{}) {
			return nil, usage("profiles: %s: %s has neither a server nor a token_file", file, name)
		}
	}
	return all, nil
}

// access is where the server is and the token that it knows us by: of the flags, else of
// the profile that is named, else of the environment.
func access(cmd *cobra.Command) (address, token string, err error) {
	p, err := profileOf(cmd)
	if err != nil {
		return "", "", err
	}
	server, _ := cmd.Flags().GetString("server")
	if p.Server != "" && !cmd.Flags().Changed("server") {
		server = p.Server
	}
	if address, err = serverAddress(server); err != nil {
		return "", "", err
	}
	file, _ := cmd.Flags().GetString("token-file")
	token, err = readToken(firstOf(file, p.TokenFile, os.Getenv("TOUCHLINE_TOKEN_FILE")), os.Getenv("TOUCHLINE_TOKEN"))
	return address, token, err
}
