//! Markdown becomes blocks of plain words: markup, code blocks and images fall away.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// What a block of words was in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Prose,
    Item,
    Row,
}

/// Words that belong together, with single spaces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// The blocks of a text. A text without any words outside code is taken as it is.
pub(super) fn blocks(source: &str) -> Vec<Block> {
    let extensions =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader::new();
    for event in Parser::new_ext(source, extensions) {
        reader.read(event);
    }
    reader.close();
    if reader.blocks.is_empty() {
        reader.words.push_str(source);
        reader.close();
    }
    reader.blocks
}

struct Reader {
    blocks: Vec<Block>,
    words: String,
    kind: Kind,
    /// Inside how many things that are left out.
    skipping: usize,
    /// Inside how many list items.
    items: usize,
    html: bool,
}

impl Reader {
    const fn new() -> Self {
        Self { blocks: Vec::new(), words: String::new(), kind: Kind::Prose, skipping: 0, items: 0, html: false }
    }

    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(words) | Event::Code(words) | Event::Html(words) => self.push(&words),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.open(Kind::Heading),
            Tag::Paragraph if self.items > 0 => self.open(Kind::Item),
            Tag::Paragraph | Tag::CodeBlock(CodeBlockKind::Indented) => self.open(Kind::Prose),
            Tag::HtmlBlock => {
                self.open(Kind::Prose);
                self.html = true;
            }
            Tag::Item => {
                self.items += 1;
                self.open(Kind::Item);
            }
            Tag::TableHead | Tag::TableRow => self.open(Kind::Row),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) | Tag::Image { .. } | Tag::MetadataBlock(_) => self.skipping += 1,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock | TagEnd::Image | TagEnd::MetadataBlock(_) if self.skipping > 0 => self.skipping -= 1,
            TagEnd::TableCell => self.push("; "),
            TagEnd::Item => {
                self.close();
                self.items -= 1;
            }
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::HtmlBlock => self.close(),
            TagEnd::TableHead | TagEnd::TableRow => self.close(),
            _ => {}
        }
    }

    fn push(&mut self, words: &str) {
        if self.skipping == 0 {
            self.words.push_str(words);
        }
    }

    fn open(&mut self, kind: Kind) {
        self.close();
        self.kind = kind;
    }

    fn close(&mut self) {
        let words = std::mem::take(&mut self.words);
        let words = if std::mem::take(&mut self.html) { without_tags(&words) } else { words };
        let text = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches(';').to_owned();
        if text.chars().any(char::is_alphanumeric) {
            self.blocks.push(Block { kind: self.kind, text });
        }
        self.kind = if self.items > 0 { Kind::Item } else { Kind::Prose };
    }
}

/// The words of an HTML block: what stands between `<` and `>` becomes a space.
fn without_tags(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        words.push(' ');
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, after)| after);
    }
    words + rest
}

#[cfg(test)]
mod tests {
    use super::{Kind, blocks};

    fn read(source: &str) -> Vec<(Kind, String)> {
        blocks(source).into_iter().map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn markup_and_code_fall_away() {
        let source = "---\ntitle: no\n---\n# The *title*\n\nSome `code` and [a link](http://x).\nMore.\n\n```rust\nfn no() {}\n```\n\n\
                      * one **item**\n* two\n\n  its second part\n\n| a | b |\n|---|---|\n| c | d |\n\n![picture](x.png)\n";
        let expected = [
            (Kind::Heading, "The title"),
            (Kind::Prose, "Some code and a link. More."),
            (Kind::Item, "one item"),
            (Kind::Item, "two"),
            (Kind::Item, "its second part"),
            (Kind::Row, "a; b"),
            (Kind::Row, "c; d"),
        ];
        assert_eq!(read(source), expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn plain_text_stays_whole() {
        assert_eq!(read("    indented prose"), [(Kind::Prose, "indented prose".to_owned())]);
        assert_eq!(read("```\nonly code\n```"), [(Kind::Prose, "``` only code ```".to_owned())]);
        assert_eq!(
            read("<div>\n<b>bold</b> words <!-- not > this -->\n</div>"),
            [(Kind::Prose, "bold words".to_owned())]
        );
        assert!(read("  \n ... \n").is_empty());
    }
}
