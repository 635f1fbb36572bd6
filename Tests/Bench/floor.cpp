// The floor of `make bench`: the work of a pull and of a push done by a small program with the same libraries, pipelined
// over two threads, and nothing else: no configuration, no links, no checkpoints, no retries, no errors handled but by
// giving up. What it takes is about what the machine needs for the work itself.
//
//   floor pull URL KEY DATABASE SLUGS     pages of 1,000 into the table `product`, changed rows only
//   floor push URL KEY DATABASE SLUGS     rows of `product` in bulk requests of 500, new and changed rows only
//   floor ceiling URL KEY                 the pages read and thrown away: the server's own limit
//   floor ceiling URL KEY DATABASE SLUGS  the requests of a push made first, then sent, and the answers thrown away
//
// SLUGS has a line for each character that is no ASCII: the character, a tab, what it is in a slug.

#include <curl/curl.h>
#include <md4c.h>
#include <sqlite3.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

using std::string;
using std::string_view;

[[noreturn]] static void fail(const string &what) {
    fprintf(stderr, "floor: %s\n", what.c_str());
    exit(1);
}

// A queue of a few elements between the two threads; an empty optional ends it.
template <typename T> class Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<T> elements;
    bool isFinished = false;

  public:
    void send(T element) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return elements.size() < 2; });
        elements.push_back(std::move(element));
        changed.notify_all();
    }
    void finish() {
        std::unique_lock lock(mutex);
        isFinished = true;
        changed.notify_all();
    }
    bool next(T &element) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !elements.empty() || isFinished; });
        if (elements.empty()) return false;
        element = std::move(elements.front());
        elements.pop_front();
        changed.notify_all();
        return true;
    }
};

// MARK: HTTP

class Client {
    CURL *curl = curl_easy_init();
    curl_slist *headers = nullptr;

    static size_t collect(char *bytes, size_t, size_t count, void *into) {
        static_cast<string *>(into)->append(bytes, count);
        return count;
    }

  public:
    explicit Client(const string &key) {
        headers = curl_slist_append(headers, ("X-Secret-Key: " + key).c_str());
        headers = curl_slist_append(headers, "Content-Type: application/json");
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    }
    string request(const string &url, const char *method = "GET", const string *body = nullptr) {
        string answer;
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
        if (body) {
            curl_easy_setopt(curl, CURLOPT_POST, 1L);
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
        }
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
        if (curl_easy_perform(curl) != CURLE_OK) fail("no answer from " + url);
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 300) fail("status " + std::to_string(status) + ": " + answer.substr(0, 300));
        return answer;
    }
};

// MARK: JSON

// Reads JSON that is known to be well formed.
struct Reader {
    const char *at, *end;

    explicit Reader(string_view text) : at(text.data()), end(text.data() + text.size()) {}

    void space() {
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
    }
    bool take(char c) {
        space();
        if (at < end && *at == c) return ++at, true;
        return false;
    }
    // The raw text of a string, without its quotes.
    string_view text() {
        if (!take('"')) fail("no JSON string");
        const char *start = at;
        while (true) {
            at = static_cast<const char *>(memchr(at, '"', end - at));
            if (!at) fail("a JSON string has no end");
            const char *slash = at;
            while (slash > start && slash[-1] == '\\') --slash;
            if ((at - slash) % 2 == 0) break;
            ++at;
        }
        return string_view(start, at++ - start);
    }
    // The raw text of any value.
    string_view value() {
        space();
        const char *start = at;
        if (*at == '"') {
            text();
        } else if (*at == '{' || *at == '[') {
            int depth = 0;
            do {
                if (*at == '"') {
                    text();
                    continue;
                }
                depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
                ++at;
            } while (depth > 0);
        } else {
            while (at < end && !strchr(",]} \n\r\t", *at)) ++at;
        }
        return string_view(start, at - start);
    }
};

static void appendScalar(string &text, unsigned c) {
    if (c < 0x80) text += char(c);
    else if (c < 0x800) text += char(0xC0 | c >> 6), text += char(0x80 | (c & 0x3F));
    else if (c < 0x10000) text += char(0xE0 | c >> 12), text += char(0x80 | (c >> 6 & 0x3F)), text += char(0x80 | (c & 0x3F));
    else text += char(0xF0 | c >> 18), text += char(0x80 | (c >> 12 & 0x3F)), text += char(0x80 | (c >> 6 & 0x3F)), text += char(0x80 | (c & 0x3F));
}

static string unescaped(string_view raw) {
    if (raw.find('\\') == raw.npos) return string(raw);
    string text;
    text.reserve(raw.size());
    for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '\\') {
            text += raw[i];
            continue;
        }
        switch (raw[++i]) {
        case 'n': text += '\n'; break;
        case 't': text += '\t'; break;
        case 'r': text += '\r'; break;
        case 'b': text += '\b'; break;
        case 'f': text += '\f'; break;
        case 'u': {
            unsigned c = strtoul(string(raw.substr(i + 1, 4)).c_str(), nullptr, 16);
            i += 4;
            if (c >= 0xD800 && c < 0xDC00) {
                c = 0x10000 + ((c - 0xD800) << 10) + (strtoul(string(raw.substr(i + 3, 4)).c_str(), nullptr, 16) - 0xDC00);
                i += 6;
            }
            appendScalar(text, c);
            break;
        }
        default: text += raw[i];
        }
    }
    return text;
}

static void appendJSON(string &out, string_view text) {
    out += '"';
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\', out += c;
        else if (c == '\n') out += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            out += escape;
        } else out += c;
    }
    out += '"';
}

// MARK: Transforms

static std::unordered_map<string, string> slugs;

static void readSlugs(const char *path) {
    std::ifstream file(path);
    for (string line; getline(file, line);) {
        size_t tab = line.find('\t');
        slugs[line.substr(0, tab)] = line.substr(tab + 1);
    }
}

static string slugify(string_view text) {
    string slug;
    bool isSeparated = false;
    auto letter = [&](char c) {
        if (isSeparated && !slug.empty()) slug += '-';
        isSeparated = false;
        slug += c;
    };
    for (size_t i = 0; i < text.size();) {
        unsigned char c = text[i];
        if (c < 0x80) {
            ++i;
            if (isalnum(c)) letter(char(tolower(c)));
            else if (c != '\'') isSeparated = true;
            continue;
        }
        size_t count = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        auto found = slugs.find(string(text.substr(i, count)));
        i += count;
        if (found == slugs.end()) isSeparated = true;
        else for (char d : found->second) d == '-' ? void(isSeparated = true) : letter(d);
    }
    return slug;
}

static string lowercase(string_view text) {
    string result(text);
    for (char &c : result) if (c >= 'A' && c <= 'Z') c |= 0x20;
    return result;
}

// Writes what md4c reads in the layout of CommonMark's reference renderer.
struct Renderer {
    string out;
    std::vector<bool> tightness;
    int imageDepth = 0;

    void line() {
        if (!out.empty() && out.back() != '\n') out += '\n';
    }
    void open(const char *tag) { line(), out += tag; }
    void escaped(string_view text) {
        for (char c : text) {
            switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
            }
        }
    }
    static int enterBlock(MD_BLOCKTYPE type, void *detail, void *state) {
        auto &self = *static_cast<Renderer *>(state);
        switch (type) {
        case MD_BLOCK_QUOTE: self.tightness.push_back(false), self.open("<blockquote>\n"); break;
        case MD_BLOCK_UL: self.tightness.push_back(static_cast<MD_BLOCK_UL_DETAIL *>(detail)->is_tight), self.open("<ul>\n"); break;
        case MD_BLOCK_OL: self.tightness.push_back(static_cast<MD_BLOCK_OL_DETAIL *>(detail)->is_tight), self.open("<ol>\n"); break;
        case MD_BLOCK_LI: self.open("<li>"); break;
        case MD_BLOCK_HR: self.open("<hr />\n"); break;
        case MD_BLOCK_H: self.line(), self.out += "<h", self.out += char('0' + static_cast<MD_BLOCK_H_DETAIL *>(detail)->level), self.out += '>'; break;
        case MD_BLOCK_CODE: self.open("<pre><code>"); break;
        case MD_BLOCK_P: self.open("<p>"); break;
        case MD_BLOCK_TABLE: self.open("<table>\n"); break;
        case MD_BLOCK_THEAD: self.open("<thead>\n"); break;
        case MD_BLOCK_TBODY: self.open("<tbody>\n"); break;
        case MD_BLOCK_TR: self.open("<tr>\n"); break;
        case MD_BLOCK_TH:
        case MD_BLOCK_TD:
            self.open(type == MD_BLOCK_TH ? "<th" : "<td");
            switch (static_cast<MD_BLOCK_TD_DETAIL *>(detail)->align) {
            case MD_ALIGN_LEFT: self.out += " align=\"left\">"; break;
            case MD_ALIGN_CENTER: self.out += " align=\"center\">"; break;
            case MD_ALIGN_RIGHT: self.out += " align=\"right\">"; break;
            default: self.out += '>';
            }
            break;
        default: break;
        }
        return 0;
    }
    static int leaveBlock(MD_BLOCKTYPE type, void *detail, void *state) {
        auto &self = *static_cast<Renderer *>(state);
        switch (type) {
        case MD_BLOCK_QUOTE: self.tightness.pop_back(), self.open("</blockquote>\n"); break;
        case MD_BLOCK_UL: self.tightness.pop_back(), self.open("</ul>\n"); break;
        case MD_BLOCK_OL: self.tightness.pop_back(), self.open("</ol>\n"); break;
        case MD_BLOCK_LI: self.out += "</li>\n"; break;
        case MD_BLOCK_H: self.out += "</h", self.out += char('0' + static_cast<MD_BLOCK_H_DETAIL *>(detail)->level), self.out += ">\n"; break;
        case MD_BLOCK_CODE: self.out += "</code></pre>\n"; break;
        case MD_BLOCK_P: self.out += "</p>\n"; break;
        case MD_BLOCK_TABLE: self.out += "</table>\n"; break;
        case MD_BLOCK_THEAD: self.out += "</thead>\n"; break;
        case MD_BLOCK_TBODY: self.out += "</tbody>\n"; break;
        case MD_BLOCK_TR: self.out += "</tr>\n"; break;
        case MD_BLOCK_TH: self.out += "</th>\n"; break;
        case MD_BLOCK_TD: self.out += "</td>\n"; break;
        default: break;
        }
        return 0;
    }
    static int enterSpan(MD_SPANTYPE type, void *detail, void *state) {
        auto &self = *static_cast<Renderer *>(state);
        switch (type) {
        case MD_SPAN_EM: self.out += "<em>"; break;
        case MD_SPAN_STRONG: self.out += "<strong>"; break;
        case MD_SPAN_DEL: self.out += "<del>"; break;
        case MD_SPAN_CODE: self.out += "<code>"; break;
        case MD_SPAN_A: {
            auto &address = static_cast<MD_SPAN_A_DETAIL *>(detail)->href;
            self.out += "<a href=\"";
            self.escaped(string_view(address.text, address.size));
            self.out += "\">";
            break;
        }
        default: break;
        }
        return 0;
    }
    static int leaveSpan(MD_SPANTYPE type, void *, void *state) {
        auto &self = *static_cast<Renderer *>(state);
        switch (type) {
        case MD_SPAN_EM: self.out += "</em>"; break;
        case MD_SPAN_STRONG: self.out += "</strong>"; break;
        case MD_SPAN_DEL: self.out += "</del>"; break;
        case MD_SPAN_CODE: self.out += "</code>"; break;
        case MD_SPAN_A: self.out += "</a>"; break;
        default: break;
        }
        return 0;
    }
    static int addText(MD_TEXTTYPE type, const char *text, MD_SIZE size, void *state) {
        auto &self = *static_cast<Renderer *>(state);
        switch (type) {
        case MD_TEXT_BR: self.out += "<br />\n"; break;
        case MD_TEXT_SOFTBR: self.out += '\n'; break;
        case MD_TEXT_ENTITY: self.out.append(text, size); break;
        default: self.escaped(string_view(text, size));
        }
        return 0;
    }
};

static const MD_PARSER markdown = {
    0, MD_DIALECT_GITHUB | MD_FLAG_NOHTML, Renderer::enterBlock, Renderer::leaveBlock, Renderer::enterSpan,
    Renderer::leaveSpan, Renderer::addText, nullptr, nullptr,
};

static string html(string_view text) {
    Renderer renderer;
    renderer.out.reserve(text.size() * 2);
    md_parse(text.data(), text.size(), &markdown, &renderer);
    return std::move(renderer.out);
}

// MARK: SQLite

class Statement {
    sqlite3_stmt *statement = nullptr;

  public:
    Statement(sqlite3 *database, const char *sql) {
        if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(database));
    }
    void bind(int index, string_view text) { sqlite3_bind_text(statement, index, text.data(), text.size(), SQLITE_STATIC); }
    void bind(int index, sqlite3_int64 value) { sqlite3_bind_int64(statement, index, value); }
    // A number, a boolean or null as JSON writes it.
    void bindLiteral(int index, string_view raw) {
        if (raw[0] == 'n') sqlite3_bind_null(statement, index);
        else if (raw[0] == 't' || raw[0] == 'f') sqlite3_bind_int64(statement, index, raw[0] == 't');
        else sqlite3_bind_double(statement, index, strtod(string(raw).c_str(), nullptr));
    }
    bool step() {
        int status = sqlite3_step(statement);
        if (status != SQLITE_ROW && status != SQLITE_DONE) fail(sqlite3_errmsg(sqlite3_db_handle(statement)));
        return status == SQLITE_ROW;
    }
    void run() { step(), reset(); }
    void reset() { sqlite3_reset(statement); }
    sqlite3_int64 integer(int column) { return sqlite3_column_int64(statement, column); }
    bool isNull(int column) { return sqlite3_column_type(statement, column) == SQLITE_NULL; }
    double real(int column) { return sqlite3_column_double(statement, column); }
    string_view text(int column) {
        auto bytes = reinterpret_cast<const char *>(sqlite3_column_text(statement, column));
        return string_view(bytes ? bytes : "", sqlite3_column_bytes(statement, column));
    }
};

static sqlite3 *opened(const char *path) {
    sqlite3 *database;
    if (sqlite3_open(path, &database) != SQLITE_OK) fail(path);
    // As durable as Ferry: what is committed outlives a power cut.
    for (auto sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -16384"})
        sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
    return database;
}

static void execute(sqlite3 *database, const char *sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(database));
}

// MARK: Pull

static void pull(const string &url, const string &key, const char *path) {
    sqlite3 *database = opened(path);
    execute(database, "CREATE TABLE IF NOT EXISTS product (sku TEXT PRIMARY KEY NOT NULL, name, slug, category, brand,"
                      " description_html, price, weight, in_stock, rating, released_on, email, phone, hash INTEGER)");
    Queue<string> pages;
    std::thread download([&] {
        Client client(key);
        for (int skip = 0;; skip += 1000) {
            string page = client.request(url + "?skip=" + std::to_string(skip) + "&take=1000");
            if (page.size() < 10) break;
            pages.send(std::move(page));
        }
        pages.finish();
    });
    Statement find(database, "SELECT hash FROM product WHERE sku = ?1");
    Statement write(database, "INSERT INTO product VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) ON CONFLICT (sku)"
                              " DO UPDATE SET name=?2, slug=?3, category=?4, brand=?5, description_html=?6, price=?7,"
                              " weight=?8, in_stock=?9, rating=?10, released_on=?11, email=?12, phone=?13, hash=?14");
    Statement count(database, "SELECT count(*) FROM (SELECT 1 FROM product LIMIT 1)");
    count.step();
    bool isEmpty = count.integer(0) == 0;
    count.reset();
    size_t rows = 0, written = 0;
    for (string page; pages.next(page);) {
        execute(database, "BEGIN IMMEDIATE");
        Reader reader(page);
        reader.take('[');
        do {
            string_view row = reader.value();
            ++rows;
            Reader outer(row);
            outer.take('{');
            string_view data;
            do {
                string_view name = outer.text();
                outer.take(':');
                string_view value = outer.value();
                if (name == "data") data = value;
            } while (outer.take(','));
            auto hash = static_cast<sqlite3_int64>(XXH3_64bits(data.data(), data.size()));
            Reader inner(data);
            inner.take('{');
            string_view fields[12];
            static const char *const names[] = {"sku", "product_name", "category", "brand", "description", "price",
                                                "weight", "in_stock", "rating", "released_on", "email", "phone"};
            // Members come in the table's order; the key alone is read of a row that has not changed.
            bool isSame = false;
            string sku;
            for (int index = 0;; ++index) {
                string_view name = inner.text();
                if (name != names[index]) fail("a member is not where it should be");
                inner.take(':');
                fields[index] = inner.value();
                if (index == 0) {
                    sku = unescaped(fields[0].substr(1, fields[0].size() - 2));
                    if (!isEmpty) {
                        find.bind(1, sku);
                        isSame = find.step() && find.integer(0) == hash;
                        find.reset();
                        if (isSame) break;
                    }
                }
                if (!inner.take(',')) break;
            }
            if (isSame) continue;
            ++written;
            auto text = [&](int field) { return unescaped(fields[field].substr(1, fields[field].size() - 2)); };
            string name = text(1), slug = slugify(name), category = lowercase(text(2)), body = html(text(4));
            string others[4];
            write.bind(1, sku);
            write.bind(2, name);
            write.bind(3, slug);
            write.bind(4, category);
            auto optional = [&](int place, int field, string &kept) {
                if (fields[field][0] == 'n') return write.bindLiteral(place, "null");
                kept = text(field);
                write.bind(place, kept);
            };
            optional(5, 3, others[0]);
            write.bind(6, body);
            write.bindLiteral(7, fields[5]);
            write.bindLiteral(8, fields[6]);
            write.bindLiteral(9, fields[7]);
            write.bindLiteral(10, fields[8]);
            optional(11, 9, others[1]);
            optional(12, 10, others[2]);
            optional(13, 11, others[3]);
            write.bind(14, hash);
            write.run();
        } while (reader.take(','));
        execute(database, "COMMIT");
    }
    download.join();
    printf("{\"read\": %zu, \"written\": %zu}\n", rows, written);
}

// MARK: Push

struct Batch {
    string body;
    std::vector<sqlite3_int64> rows, hashes;
    std::vector<string> ids;
    bool isUpdate = false;
};

static const char *pushedTable =
    "CREATE TABLE IF NOT EXISTS pushed (row INTEGER PRIMARY KEY, id TEXT NOT NULL, hash INTEGER NOT NULL)";

// Makes the requests that a push sends. Returns how many rows it has read, and how many of them are sent.
template <typename Send>
static std::pair<size_t, size_t> makeBatches(sqlite3 *database, size_t limit, Send send) {
    execute(database, pushedTable);
    Statement scan(database, "SELECT p.rowid, sku, name, category, brand, description, price, weight, in_stock, rating,"
                             " released_on, email, phone, q.id, q.hash FROM product p LEFT JOIN pushed q ON q.row = p.rowid"
                             " WHERE p.rowid > ?1 ORDER BY p.rowid LIMIT 1000");
    Batch creates, updates;
    updates.isUpdate = true;
    size_t rows = 0, sent = 0;
    string content;
    auto flush = [&](Batch &batch) {
        if (batch.rows.empty()) return;
        batch.body += "]}";
        bool isUpdate = batch.isUpdate;
        send(std::move(batch));
        batch = Batch();
        batch.isUpdate = isUpdate;
    };
    sqlite3_int64 last = 0;
    for (bool isMore = true; isMore && rows < limit;) {
        scan.bind(1, last);
        isMore = false;
        while (scan.step()) {
            isMore = true;
            last = scan.integer(0);
            ++rows;
            content.clear();
            for (int column = 1; column <= 12; ++column) content += scan.text(column), content += '\x1f';
            auto hash = static_cast<sqlite3_int64>(XXH3_64bits(content.data(), content.size()));
            bool isKnown = !scan.isNull(13);
            if (isKnown && scan.integer(14) == hash) continue;
            ++sent;
            Batch &batch = isKnown ? updates : creates;
            batch.body += batch.rows.empty() ? "{\"rows\":[" : ",";
            if (isKnown) {
                batch.ids.emplace_back(scan.text(13));
                batch.body += "{\"id\":\"" + batch.ids.back() + "\",\"data\":";
            }
            string &body = batch.body;
            body += "{\"sku\":";
            appendJSON(body, scan.text(1));
            body += ",\"product_name\":";
            appendJSON(body, scan.text(2));
            body += ",\"slug\":";
            appendJSON(body, slugify(scan.text(2)));
            body += ",\"category\":";
            appendJSON(body, lowercase(scan.text(3)));
            auto optional = [&](const char *name, int column, bool isText) {
                body += ",\"", body += name, body += "\":";
                if (scan.isNull(column)) body += "null";
                else if (isText) appendJSON(body, scan.text(column));
                else body += scan.text(column);
            };
            optional("brand", 4, true);
            body += ",\"description_html\":";
            appendJSON(body, html(scan.text(5)));
            optional("price", 6, false);
            optional("weight", 7, false);
            body += ",\"in_stock\":", body += scan.integer(8) ? "true" : "false";
            optional("rating", 9, false);
            optional("released_on", 10, true);
            optional("email", 11, true);
            optional("phone", 12, true);
            body += isKnown ? "}}" : "}";
            batch.rows.push_back(last);
            batch.hashes.push_back(hash);
            if (batch.rows.size() == 500) flush(batch);
        }
        scan.reset();
    }
    flush(creates);
    flush(updates);
    return {rows, sent};
}

static void push(const string &url, const string &key, const char *path) {
    sqlite3 *database = opened(path);
    execute(database, pushedTable);
    Queue<Batch> batches;
    std::thread sending([&] {
        sqlite3 *database = opened(path);
        Statement write(database, "INSERT INTO pushed VALUES (?1, ?2, ?3) ON CONFLICT (row) DO UPDATE SET hash = ?3");
        Client client(key);
        for (Batch batch; batches.next(batch);) {
            string answer = client.request(url + "/bulk", batch.isUpdate ? "PUT" : "POST", &batch.body);
            if (!batch.isUpdate) {
                Reader reader(answer);
                reader.take('[');
                do {
                    Reader row(reader.value());
                    row.take('{');
                    do {
                        string_view name = row.text();
                        row.take(':');
                        string_view value = row.value();
                        if (name == "id") batch.ids.emplace_back(value.substr(1, value.size() - 2));
                    } while (row.take(','));
                } while (reader.take(','));
                if (batch.ids.size() != batch.rows.size()) fail("not all rows were created");
            }
            execute(database, "BEGIN IMMEDIATE");
            for (size_t i = 0; i < batch.rows.size(); ++i) {
                write.bind(1, batch.rows[i]);
                write.bind(2, batch.ids[i]);
                write.bind(3, batch.hashes[i]);
                write.run();
            }
            execute(database, "COMMIT");
        }
    });
    auto [rows, sent] = makeBatches(database, SIZE_MAX, [&](Batch &&batch) { batches.send(std::move(batch)); });
    batches.finish();
    sending.join();
    printf("{\"read\": %zu, \"sent\": %zu}\n", rows, sent);
}

static void ceiling(const string &url, const string &key) {
    Client client(key);
    size_t bytes = 0, pages = 0;
    for (int skip = 0;; skip += 1000, ++pages) {
        size_t count = client.request(url + "?skip=" + std::to_string(skip) + "&take=1000").size();
        if (count < 10) break;
        bytes += count;
    }
    printf("{\"pages\": %zu, \"bytes\": %zu}\n", pages, bytes);
}

// Sends up to 100,000 rows in requests that were made before, and does nothing with the answers.
static void pushCeiling(const string &url, const string &key, const char *path) {
    std::vector<Batch> batches;
    auto [rows, sent] = makeBatches(opened(path), 100000, [&](Batch &&batch) { batches.push_back(std::move(batch)); });
    Client client(key);
    auto start = std::chrono::steady_clock::now();
    for (Batch &batch : batches) client.request(url + "/bulk", batch.isUpdate ? "PUT" : "POST", &batch.body);
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    printf("{\"read\": %zu, \"sent\": %zu, \"seconds\": %f}\n", rows, sent, seconds.count());
}

int main(int count, char **arguments) {
    string work = count > 1 ? arguments[1] : "";
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (work == "ceiling" && count == 4) return ceiling(arguments[2], arguments[3]), 0;
    if (count != 6) fail("floor pull|push URL KEY DATABASE SLUGS, or floor ceiling URL KEY [DATABASE SLUGS]");
    readSlugs(arguments[5]);
    if (work == "pull") pull(arguments[2], arguments[3], arguments[4]);
    else if (work == "push") push(arguments[2], arguments[3], arguments[4]);
    else if (work == "ceiling") pushCeiling(arguments[2], arguments[3], arguments[4]);
    else fail("there is no work '" + work + "'");
}
