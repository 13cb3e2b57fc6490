import type { Page, Response } from "@playwright/test";

/** Workers begin far apart, and count on from there. */
let last = (Date.now() + 1_000_003 * Number(process.env.TEST_PARALLEL_INDEX ?? 0)) % 10_000_000;

/** A mobile number of its own for each registration, so that a person found by it is the one that the test has registered. */
export function freshPhone(): string {
  last = (last + 1) % 10_000_000;
  return `091${String(last).padStart(7, "0")}`;
}

/** Values of a citizen that are all right. */
export function citizen(): Record<string, string | true> {
  return {
    full_name: "Nguyễn Thị Hạnh",
    phone: freshPhone(),
    email: "hanh@example.vn",
    commune: FIRST,
    adult: true,
    consent_attend: true,
  };
}

export function business(): Record<string, string | true> {
  return {
    full_name: "Trần Văn Bình",
    phone: freshPhone(),
    organisation_name: "Hợp tác xã Xoài Mỹ Xương",
    tax_code: "0100109106",
    job_title: "Giám đốc",
    consent_attend: true,
  };
}

export function official(): Record<string, string | true> {
  return {
    full_name: "Lê Hoàng Nam",
    phone: freshPhone(),
    organisation: FIRST,
    job_title: "Phó Trưởng phòng",
    consent_attend: true,
  };
}

/** Stands for the first real choice of a list. */
export const FIRST = "\u0001";

/** Writes values into a form as they are: past lengths and lists that a browser would keep to, NUL bytes included. */
export async function fill(page: Page, values: Record<string, string | true>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main [name="${name}"]:not([type=hidden])`).first();
    if (value === true) {
      await field.check();
      continue;
    }
    await field.evaluate(
      (element, [value, first]) => {
        const control = element as HTMLInputElement | HTMLSelectElement;
        if (control instanceof HTMLSelectElement) {
          const options = [...control.options].filter((option) => option.value !== "");
          let chosen = value === first ? options[0] : [...control.options].find((option) => option.value === value);
          if (!chosen) {
            chosen = new Option(value, value);
            control.append(chosen);
          }
          chosen.selected = true;
          return;
        }
        control.removeAttribute("maxlength");
        control.value = value!;
      },
      [value, FIRST],
    );
  }
}

/** Sends the page's main form and gives back the answer to it, before any redirection. */
export async function submit(page: Page, button = "main form.form [type=submit]"): Promise<Response> {
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  const loaded = page.waitForEvent("domcontentloaded");
  await page.locator(button).first().click();
  await loaded;
  return answer;
}

/** Registers somebody and stands on the ticket's page. */
export async function register(page: Page, values = citizen(), audience = "nguoi-dan"): Promise<void> {
  await page.goto(`/dang-ky?doi-tuong=${audience}`);
  await fill(page, values);
  const answer = await submit(page);
  if (answer.status() !== 303) throw new Error(`the registration was answered with ${answer.status()}`);
  await page.waitForURL(/\/ve\//);
}

/** The same for a browser that checks nothing by itself: what is missing is for the server to say. */
export async function submitUnchecked(page: Page, button: string): Promise<Response> {
  await page
    .locator(button)
    .first()
    .evaluate((element) => {
      (element as HTMLButtonElement).form!.noValidate = true;
    });
  return submit(page, button);
}
