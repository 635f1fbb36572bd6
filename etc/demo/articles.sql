-- The demo's local data: a magazine's articles, as an editor's own database might hold them.

CREATE TABLE article (
    id              INTEGER PRIMARY KEY,
    title           TEXT NOT NULL,
    author_email    TEXT,
    body            TEXT NOT NULL,    -- Markdown
    summary         TEXT,
    published       BOOLEAN NOT NULL,
    reading_minutes REAL,
    published_on    DATE
);

INSERT INTO article (title, author_email, body, summary, published, reading_minutes, published_on) VALUES
('Crème brûlée für Anfänger', 'Zoe.Mueller@Example.org',
'# Crème brûlée

You need **six** eggs, a vanilla pod and *patience*.

1. Warm the cream, never boil it.
2. Stir in the yolks.
3. Bake at 120 °C for 40 minutes.

> The sugar goes on last.
', 'Custard, sugar and a small flame.', TRUE, 4, '2026-01-12'),

('Żółw i jeż: a bestiary for children', 'ania.kowalska@example.pl',
'The *żółw* (tortoise) and the *jeż* (hedgehog) share a garden.

- One is slow.
- One is **sharp**.
', NULL, TRUE, 2.5, '2026-01-19'),

('Twelve bridges of Paris', 'Jean-Luc@Example.fr',
'| Bridge | Opened |
|:--|--:|
| Pont Neuf | 1607 |
| Pont Alexandre III | 1900 |

See also the [map](https://example.fr/ponts).
', 'Where to cross the Seine, and why.', TRUE, 7, '2026-02-02'),

('What does `rsync --delete` do?', 'OPS@EXAMPLE.COM',
'It removes what the *source* no longer has:

```sh
rsync -a --delete photos/ backup/photos/
```

Try it with `--dry-run` first.
', 'A flag to respect.', TRUE, 3, '2026-02-09'),

('東京の朝ごはん', 'sato@example.jp',
'**朝ごはん** in Tokyo: rice, miso soup, grilled fish.

Shops open at *five*.
', 'Breakfast near the fish market.', TRUE, 5, '2026-02-16'),

('Ærø by bicycle', 'freja@example.dk',
'Thirty kilometres long, ~~flat~~ hilly, and windy.

* Ærøskøbing
* Marstal
* Søby
', NULL, TRUE, 6, '2026-03-01'),

('Война и мир in twenty minutes', 'lev@example.com',
'Five families, one war & some 580 characters. Begin with the *ball*.
', 'A short guide to a long book.', FALSE, NULL, NULL),

('Ten questions to a lighthouse keeper', 'Siobhán.Ó.Néill@Example.ie',
'**Is it lonely?** No.

**Is it loud?** In winter, <em>very</em>.
', 'She has kept the light at Fastnet for 30 years.', TRUE, 9.5, '2026-03-15'),

('ΣΟΦΙΑ: how Greek lost its capitals', 'Eleni@Example.gr',
'Cursive Greek of the 9th century joined its letters, and *σ* became *ς* at the end of a word.
', NULL, TRUE, 8, '2026-03-29'),

('Straßenfest & other long words', 'max@example.de',
'German glues nouns together: *Straße* + *Fest* = **Straßenfest**.
', 'Read them from the end.', TRUE, 3.5, '2026-04-05'),

('Checklist for the spring issue', 'Editor@Example.org',
'- [x] Cover
- [ ] Letters to the editor
- [ ] Crossword
', NULL, FALSE, NULL, NULL),

('“Quotes”, dashes – and other trifles', NULL,
'Typographers care. So may you: https://example.org/typography
', 'Small marks, large effect.', TRUE, 1.5, '2026-04-12');
