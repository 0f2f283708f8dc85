import type { z } from "zod";
import {
  type Plan,
  plan as planSchema,
  type RunRecord,
  runRecord,
  type Verdicts,
  verdicts,
} from "../../core/mod.ts";

/** What a value of a stored file must be, checked: a SyntaxError names place, field, expected and found. */
export function parseRecord(value: unknown, place: string): RunRecord {
  return parse(runRecord, value, place);
}
export function parsePlan(value: unknown, place: string): Plan {
  return parse(planSchema, value, place);
}
export function parseVerdicts(value: unknown, place: string): Verdicts {
  return parse(verdicts, value, place, 2);
}

/** Any other stored file, of this version of its schema. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, place: string, version = 1): T {
  const found = at(value, ["schema"]);
  if (Number.isInteger(found) && found !== version) {
    throw new SyntaxError(
      `${place}: schema version ${found} is unknown: this prefbench reads version ${version}`,
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = nearest(result.error.issues[0]!);
  if (issue.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0]!];
    throw new SyntaxError(`${place}: field ${name(path)} is unknown`);
  }
  const subject = issue.path.length === 0 ? "the whole" : `field ${name(issue.path)}`;
  throw new SyntaxError(
    `${place}: ${subject} must be ${expected(issue)}: current value is ${
      shown(at(value, issue.path))
    }`,
  );
}

/** A SyntaxError that names the place where it is no JSON. */
export function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`${place}: not JSON: ${(error as SyntaxError).message}`, {
      cause: error,
    });
  }
}

type Issue = z.core.$ZodIssue;

// A union fails with all that each of its forms missed: the form that missed least was meant.
function nearest(issue: Issue): Issue {
  // A union that says what it must be says it better than any of its forms.
  if (issue.code !== "invalid_union" || issue.message !== "Invalid input") return issue;
  const forms = issue.errors.toSorted((a, b) => a.length - b.length);
  const first = forms[0]?.[0];
  if (!first) return issue;
  const inner = nearest(first);
  return { ...inner, path: [...issue.path, ...inner.path] };
}

function expected(issue: Issue): string {
  if (issue.code === "invalid_type") {
    return { int: "a whole number", array: "a list", record: "an object", object: "an object" }[
      issue.expected as string
    ] ?? `a ${issue.expected}`;
  }
  if (issue.code === "invalid_value") {
    return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  }
  if (issue.code === "too_small") {
    return issue.origin === "number" || issue.origin === "int"
      ? `at least ${issue.minimum}`
      : `of length ${issue.minimum} or more`;
  }
  if (issue.code === "too_big") {
    return issue.origin === "number" || issue.origin === "int"
      ? `at most ${issue.maximum}`
      : `of length ${issue.maximum} or less`;
  }
  if (issue.code === "invalid_union") return issue.message;
  return `valid (${issue.message})`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as { readonly [key: PropertyKey]: unknown })[key]
        : undefined,
    value,
  );
}

function name(path: readonly PropertyKey[]): string {
  const text = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("");
  return JSON.stringify(text.replace(/^\./, ""));
}

/** A value as an error shows it: JSON of at most 80 characters. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
