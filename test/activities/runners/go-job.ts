// A job in Go, built here: a static binary, which runs as a command and as a container's only file.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCE = `package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type Input struct {
	Numbers []int  \`json:"numbers"\`
	Mode    string \`json:"mode"\`
}

func tell(message string) { fmt.Fprintf(os.Stderr, "{\\"goalkeeper\\":1,%s}\\n", message) }

func main() {
	var input Input
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		os.Exit(65)
	}
	switch input.Mode {
	case "fail":
		tell(\`"error":{"code":"from_go","message":"told in Go","class":"permanent","type":"GoError"}\`)
		os.Exit(1)
	case "panic":
		panic("out of luck")
	case "wait", "deaf":
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		tell(\`"progress":{"done":0}\`)
		<-signals
		if input.Mode == "deaf" {
			select {}
		}
		fmt.Println(\`{"sum":-1}\`)
		return
	}
	sum := 0
	for _, number := range input.Numbers {
		sum += number
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"sum": sum, "attempt": os.Getenv("GOALKEEPER_ATTEMPT"), "token": len(os.Getenv("API_TOKEN")), "city": os.Getenv("CITY"),
	})
}
`;

/** Whether Go is on this machine. */
export function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Builds it into a folder of its own, as `bin/job`; returns the folder. */
export function buildGoJob(): string {
  const folder = mkdtempSync(join(tmpdir(), 'go-job-'));
  mkdirSync(join(folder, 'root', 'bin'), { recursive: true });
  writeFileSync(join(folder, 'main.go'), SOURCE);
  execFileSync('go', ['build', '-o', 'root/bin/job', 'main.go'], {
    cwd: folder,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' },
  });
  return join(folder, 'root');
}
