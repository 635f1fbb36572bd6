/// Attempts to get a script, or the way to one, through Markdown: OWASP's filter evasion sheet, and what Markdown adds.
enum HostileMarkdown {
    private static let addresses = [
        "javascript:alert(1)", "vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "data:image/svg+xml,<svg/onload=alert(1)>",
        "data:image/svg+xml;base64,PHN2Zy8+", "data:application/xhtml+xml,x", "data:,x", "file:///etc/passwd",
        "livescript:alert(1)", "mocha:alert(1)", "feed:javascript:alert(1)", "view-source:javascript:alert(1)",
        "jar:javascript:alert(1)!/", "javascript://a.example/%0aalert(1)", "blob:https://a.example/1",
    ]

    /// The same address, as a browser may see it.
    private static let disguises: [@Sendable (String) -> String] = [
        { $0 }, { $0.uppercased() }, { alternating($0) },
        { $0.unicodeScalars.map { "&#\($0.value);" }.joined() },
        { $0.unicodeScalars.map { "&#x\(String($0.value, radix: 16));" }.joined() },
        { $0.unicodeScalars.map { "&#X00\(String($0.value, radix: 16).uppercased());" }.joined() },
        { $0.unicodeScalars.map { "&#\($0.value)" }.joined() },
        { $0.unicodeScalars.map { "%\(String($0.value, radix: 16))" }.joined() },
        { $0.unicodeScalars.map { "\\\($0)" }.joined() },
        { inserted("&Tab;", 2, $0) }, { inserted("&NewLine;", 3, $0) }, { inserted("&#13;", 1, $0) },
        { inserted("&#x0A;", 4, $0) }, { inserted("&#9", 4, $0) }, { inserted("\t", 2, $0) },
        { inserted("%09", 2, $0) },
        { inserted("%0a", 2, $0) }, { inserted("%00", 2, $0) }, { inserted("\u{0}", 2, $0) },
        { inserted("&#0;", 2, $0) },
        { inserted("\u{200B}", 2, $0) }, { inserted("\u{AD}", 2, $0) }, { inserted("\u{7F}", 2, $0) },
        { "&#1;" + $0 }, { "&#14;" + $0 }, { "&#31;&#32;" + $0 }, { "\u{1}\u{1F}" + $0 }, { "\u{A0}" + $0 },
        { "\u{1680}" + $0 }, { "\u{2003}" + $0 }, { "\u{2028}" + $0 }, { "\u{3000}" + $0 }, { "\u{FEFF}" + $0 },
        { "&nbsp;" + $0 }, { "&#x2029;" + $0 }, { "%20" + $0 }, { " " + $0 }, { "\\" + $0 },
        { $0.replacing(":", with: "&colon;", maxReplacements: 1) },
        { $0.replacing(":", with: "\\:", maxReplacements: 1) }, { $0.replacing(":", with: "%3A", maxReplacements: 1) },
        { $0.replacing(":", with: "&#9;:", maxReplacements: 1) }, { $0.replacing(":", with: " :", maxReplacements: 1) },
    ]

    /// Where an address can stand.
    private static let places: [@Sendable (String) -> String] = [
        { "[x](\($0))" }, { "[x](<\($0)>)" }, { "[x](\($0) \"t\")" }, { "[x](<\($0)> 't')" }, { "[x](\($0)\n(t))" },
        { "![x](\($0))" }, { "![x](<\($0)> \"t\")" }, { "[x]\n\n[x]: \($0)" }, { "[x][]\n\n[x]: <\($0)> 't'" },
        { "![x][y]\n\n[y]:\n\($0)" }, { "<\($0)>" }, { "[![i](\($0))](\($0))" }, { "[a [b](\($0))](\($0))" },
        { "[[x]](\($0))" }, { "[`c` *d*](\($0))" }, { "\($0) www.\($0) http://\($0)" },
        { "|[x](\($0))|\n|-|\n|<\($0)>|" },
        { "# [x](\($0))" }, { "> - [x](\($0))" }, { "<a href=\"\($0)\">x</a>" }, { "[x](\($0)\"onclick=alert(1))" },
        { "[x](/a \"\($0)\")" }, { "```\($0)\n```" }, { "[x](\n\($0)\n)" },
    ]

    /// Every address in every disguise at every place.
    static var links: [String] {
        places.flatMap { place in disguises.flatMap { disguise in addresses.map { place(disguise($0)) } } }
    }

    private static func alternating(_ text: String) -> String {
        text.enumerated().map { $0.offset % 2 == 0 ? $0.element.lowercased() : $0.element.uppercased() }.joined()
    }

    private static func inserted(_ text: String, _ offset: Int, _ address: String) -> String {
        String(address.prefix(offset)) + text + address.dropFirst(offset)
    }

    // MARK: Raw HTML

    static let html = [
        "<script>alert(1)</script>", "<SCRIPT SRC=//a.example></SCRIPT>", "<ScRiPt>alert(1)</sCrIpT>",
        "<script/xss src=//a.example></script>", "<script\nsrc=//a.example>", "<<script>alert(1);//<</script>",
        "<script src=//a.example?<B>", "<script a=\">\" src=//a.example></script>",
        "</script><script>alert(1)</script>",
        "</title><script>alert(1)</script>", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<script>alert(1)",
        "<img src=x onerror=alert(1)>", "<img src=\"javascript:alert(1)\">", "<IMG SRC=JaVaScRiPt:alert(1)>",
        "<img src=`javascript:alert(1)`>", "<img \"\"\"><script>alert(1)</script>\"\\>",
        "<img src=# onmouseover=alert(1)>",
        "<img/src=x/onerror=alert(1)>", "<img src=x:alert(1) onerror=eval(src)", "<img dynsrc=\"javascript:alert(1)\">",
        "<img src=\"jav&#x09;ascript:alert(1)\">", "<image src=x onerror=alert(1)>", "<img src='x'onerror='alert(1)'>",
        "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><animate onbegin=alert(1)>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<svg><style><img src=x onerror=alert(1)>",
        "<math><mi//xlink:href=\"data:x\">", "<math><mtext></p><img src=x onerror=alert(1)>",
        "<svg\u{C}onload=alert(1)>",
        "<body onload=alert(1)>", "<body background=\"javascript:alert(1)\">", "<bgsound src=\"javascript:alert(1)\">",
        "<br size=\"&{alert(1)}\">", "<link rel=stylesheet href=\"javascript:alert(1)\">", "<style>@import 'x'</style>",
        "<style>li{list-style-image:url(\"javascript:alert(1)\")}</style>", "<style/onload=alert(1)>",
        "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">", "<base href=\"javascript:alert(1)//\">",
        "<iframe src=javascript:alert(1)></iframe>", "<iframe srcdoc=\"<script>alert(1)</script>\">",
        "<iframe onload=x",
        "<frameset><frame src=\"javascript:alert(1)\"></frameset>", "<table background=\"javascript:alert(1)\">",
        "<div style=\"background:url(javascript:alert(1))\">", "<div style=\"width:expression(alert(1))\">",
        "<xss style=\"behavior:url(x.htc)\">", "<object data=x type=text/x-scriptlet></object>", "<embed src=x>",
        "<form action=javascript:alert(1)><input type=submit>", "<button formaction=javascript:alert(1)>x</button>",
        "<input autofocus onfocus=alert(1)>", "<input type=image src=x onerror=alert(1)>", "<select onfocus=alert(1)>",
        "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)></video>",
        "<audio src=x onerror=alert(1)>",
        "<marquee onstart=alert(1)>", "<isindex type=image src=x onerror=alert(1)>",
        "<keygen autofocus onfocus=alert(1)>",
        "<textarea><script>alert(1)</script></textarea>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<plaintext>", "<xmp><script>", "<noembed><img src=x onerror=alert(1)>", "<template><script>alert(1)</script>",
        "<a href=\"javascript:alert(1)\">x</a>", "<a href=javascript:alert(1)>x", "<a onmouseover=alert(1)>x</a>",
        "<a href=\"x\" onclick=\"alert(1)\">", "<a href='javascript&colon;alert(1)'>x</a>",
        "<a/href=javascript:alert(1)>x",
        "<!--<script>-->", "<!--><script>alert(1)</script>-->",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<!-- --!><script>alert(1)</script> -->", "<!--", "<!-- <img src=\"--><img src=x onerror=alert(1)//\">",
        "<![CDATA[<script>alert(1)</script>]]>", "<![CDATA[", "<?php echo 1 ?>", "<?xml version=\"1.0\"?><x/>", "<?",
        "<!DOCTYPE html>", "<!ENTITY x SYSTEM \"file:///etc/passwd\">", "<!", "</", "</p><script>alert(1)</script>",
        "</code></pre><script>alert(1)</script>", "</td></table><script>", "\" onclick=alert(1) x=\"", "'><script>",
        "\"><script>",
        "&lt;script&gt;", "&#60;script&#62;", "&#x3c;script&#x3e;", "&#60script&#62", "&LT;script&GT;", "\\<script\\>",
        "<\u{0}script>alert(1)</script>", "<s\u{0}cript>", "<script\u{0}>", "\u{3C}img src=x onerror=alert(1)\u{3E}",
        "\u{FF1C}script\u{FF1E}", "+ADw-script+AD4-", "<x@y.z\"onclick=alert(1)>", "<http://a\"onclick=alert(1)>",
        "<http://a' onclick='alert(1)'>", "<a@b.c><script>", "<b>x</b>", "<B STYLE=x>", "< script >", "<script\u{A0}>",
    ]

    private static let contexts: [@Sendable (String) -> String] = [
        { $0 }, { "a \($0) b" }, { "> \($0)" }, { "- \($0)\n- x" }, { "- a\n  \($0)\n  b" }, { "# \($0)" },
        { "|\($0)|\n|-|\n|\($0)|" }, { "[\($0)](/a)" }, { "![\($0)](/a)" }, { "[x](/a \"\($0)\")" },
        { "[x](/a '\($0)')" },
        { "[x](/a (\($0)))" }, { "[x](\($0))" }, { "[x](<\($0)>)" }, { "`\($0)`" }, { "```\($0)\nx\n```" },
        { "```\n\($0)\n```" }, { "~~~ \($0)\nx" }, { "    \($0)" }, { "*\($0)*" }, { "~~\($0)~~" },
        { "[x]\n\n[x]: /a \"\($0)\"" },
        { "[\($0)]\n\n[\($0)]: /a" }, { "<div>\n\($0)\n\n\($0)" }, { "<!-- \($0)" }, { "<a \($0)>" },
        { "x\n\($0)\n===" },
    ]

    /// All raw HTML in every context.
    static var rawHTML: [String] {
        contexts.flatMap { context in html.map { context($0) } }
    }
}
