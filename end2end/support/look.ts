import { expect, type Page } from "@playwright/test";

/** Nothing sticks out: a person never has to scroll sideways. */
export async function fitsTheScreen(page: Page, where = page.url()): Promise<void> {
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(content, `width of the content of ${where}`).toBeLessThanOrEqual(screen);
}

type Size = "small" | "larger";

/** Looks at the page with letters of another size, as A− and A+ set them. */
async function withLetters(page: Page, size: Size, look: () => Promise<void>): Promise<void> {
  const set = (size?: string) =>
    page.evaluate((size) => {
      const { dataset } = document.documentElement;
      const before = dataset.size;
      if (size) dataset.size = size;
      else delete dataset.size;
      return before;
    }, size);
  const before = await set(size);
  await look();
  await set(before);
}

/** Nothing sticks out with the largest letters either. */
export async function fitsWithLargestLetters(page: Page): Promise<void> {
  await withLetters(page, "larger", () => fitsTheScreen(page, `${page.url()} with the largest letters`));
}

/** The skeleton that screen readers go by: language, title, skip link, landmarks, headings without a step left out. */
export async function hasASkeleton(page: Page, language: "vi" | "en", frame: "site" | "scanner" = "site"): Promise<void> {
  const found = await page.evaluate(() => {
    const count = (selector: string) => document.querySelectorAll(selector).length;
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
      .filter((heading) => heading.checkVisibility())
      .map((heading) => Number(heading.tagName[1]));
    return {
      language: document.documentElement.lang,
      skip: document.querySelector(".skip-link")?.getAttribute("href"),
      mains: count("main#main"),
      // An article may have a head of its own.
      frame: [[...document.querySelectorAll("header")].filter((header) => !header.closest("main")).length, count("footer.site-footer")],
      h1: count("h1"),
      leaps: levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1),
      twice: [...document.querySelectorAll("[id]")].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at),
      nameless: [...document.querySelectorAll("nav")].filter((nav) => !nav.ariaLabel && !nav.getAttribute("aria-labelledby")).length,
    };
  });
  expect(found, page.url()).toEqual({
    language,
    skip: "#main",
    mains: 1,
    frame: frame === "site" ? [1, 1] : [1, 0],
    h1: 1,
    leaps: [],
    twice: [],
    nameless: 0,
  });
  await expect(page).toHaveTitle(/.{10,}/);
}

/** Everything that is to be touched is at least 44 px in both directions, also with the smallest letters. Links in running text are excepted, and the width of a short word that is a link. */
export async function canBeHitWithAThumb(page: Page): Promise<void> {
  const controls =
    "main button, main .button, main input:not([type=hidden]), main select, main textarea, main summary, .error-summary a, header button, header summary, nav a";
  const look = async () => {
    const small = await page.locator(controls).evaluateAll((all) =>
      all
        // What a keyboard's Enter finds is for no finger.
        .filter((element) => !element.closest("[aria-hidden=true]"))
        .filter((element) => {
          // A box is hit by its label too.
          const target = element.closest(".choice") ?? element;
          const { width, height } = target.getBoundingClientRect();
          const narrow = element.matches("nav a") ? 24 : 43.5;
          return width > 0 && (width < narrow || height < 43.5);
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(small, page.url()).toEqual([]);
  };
  await look();
  await withLetters(page, "small", look);
}
