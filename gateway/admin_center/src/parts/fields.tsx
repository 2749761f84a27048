/** Labelled form fields. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Common {
  label: string;
  hint?: ComponentChildren;
  isLabelHidden?: boolean;
}

interface TextProps extends Common {
  value: Signal<string>;
  type?: "text" | "password" | "number" | "date" | "search";
  placeholder?: string;
  isRequired?: boolean;
  autocomplete?: string;
}

export function TextField({ label, hint, isLabelHidden, value, isRequired, type = "text", ...rest }: TextProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={isLabelHidden ? "unseen" : ""}>
        {label}
      </label>
      <input
        id={id}
        {...rest}
        type={type as "text"}
        spellcheck={false}
        autocomplete={rest.autocomplete ?? "off"}
        required={isRequired}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      {hint && (
        <p id={`${id}-hint`} class="fine">
          {hint}
        </p>
      )}
    </div>
  );
}

export interface Option {
  value: string;
  text: string;
}

interface SelectProps extends Common {
  value: string;
  options: Option[];
  onChange: (value: string) => void;
}

export function SelectField({ label, hint, isLabelHidden, value, options, onChange }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={isLabelHidden ? "unseen" : ""}>
        {label}
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
      {hint && <p class="fine">{hint}</p>}
    </div>
  );
}

interface CheckProps {
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  children?: ComponentChildren;
  /** Instead of children, for a box that stands alone. */
  label?: string;
}

export function CheckField({ isChecked, onChange, children, label }: CheckProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isChecked}
        aria-label={label}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {children !== undefined && <span>{children}</span>}
    </label>
  );
}

interface ChecksProps {
  legend: string;
  options: Option[];
  chosen: Signal<ReadonlySet<string>>;
}

/** Several of a few. */
export function CheckList({ legend, options, chosen }: ChecksProps) {
  const change = (value: string, isChecked: boolean) => {
    const next = new Set(chosen.value);
    if (isChecked) next.add(value);
    else next.delete(value);
    chosen.value = next;
  };
  return (
    <fieldset class="field">
      <legend>{legend}</legend>
      {options.map((option) => (
        <CheckField
          key={option.value}
          isChecked={chosen.value.has(option.value)}
          onChange={(isChecked) => change(option.value, isChecked)}
        >
          {option.text}
        </CheckField>
      ))}
    </fieldset>
  );
}
