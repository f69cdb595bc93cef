import type { Compilable, CompiledQuery, QueryResult } from 'kysely';
import type { Store } from '../schema.js';

/** Stands in a query for a value that each run supplies. */
class Parameter {
  constructor(readonly name: string) {}
}

/**
 * A query of fixed shape, built and compiled once per database: Kysely takes longer to build one than SQLite takes to
 * run it. `build` gets a function that puts a named parameter in the place of a value.
 */
export function compileOnce<Values extends object, Row>(
  build: (
    store: Store,
    value: <Name extends keyof Values & string>(name: Name) => Values[Name],
  ) => Compilable<Row>,
): (executor: Store, values: Values) => Promise<QueryResult<Row>> {
  const byDatabase = new WeakMap<object, CompiledQuery<Row>>();
  return (executor, values) => {
    const { adapter } = executor.getExecutor();
    let compiled = byDatabase.get(adapter);
    if (!compiled) {
      // The one place where a parameter is given the type of its value.
      compiled = build(executor, (name) => new Parameter(name) as never).compile();
      byDatabase.set(adapter, compiled);
    }
    const parameters = compiled.parameters.map((parameter) =>
      parameter instanceof Parameter ? Reflect.get(values, parameter.name) : parameter,
    );
    return executor.executeQuery({ ...compiled, parameters });
  };
}
