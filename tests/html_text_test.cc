// SPDX-License-Identifier: ISC
#include "pop3d/html_text.h"

#include "base/clock.h"
#include "pop3d/mangle_text.h"
#include "tests/check.h"

using pop3d::html_to_text;
using pop3d::plain_to_html;

TEST(html_becomes_what_a_reader_reads) {
  constexpr const char* rows[][2] = {
      {"", ""},
      {"a  b\n\t c", "a b c\n"},
      {"<b>a</b>b <i>c</i>", "ab c\n"},
      {"one<br>two<BR/><br />three", "one\ntwo\n\nthree\n"},
      {"<p>one</p><p>two</p>", "one\n\ntwo\n\n"},
      {"<div>one</div> <div>two</div>", "one\ntwo\n"},
      {"<ul><li>a<li>b</ul>", "* a\n* b\n\n"},
      {"<table><tr><td>a</td><td>b</td></tr><tr><td>c", "a b\nc\n"},
      {"<h1>t</h1>x<hr>y", "t\n\nx\n--------\ny\n"},
      {"<pre>a\n  b\n</pre>c  d", "a\n  b\nc d\n"},
      {"<title>t</title><style>p{}</style><script>if(a<b)</script>x", "x\n"},
      {"<!-- <b>no</b> -->x<!DOCTYPE html><?xml?>", "x\n"},
      {"<img src=a alt=\"a cat\">", "[a cat]\n"},
      {"a<script>never closed", "a\n"},
      {"a<!-- never closed", "a\n"},
      {"a <b", "a <b\n"},
      {"1 < 2 > 0", "1 < 2 > 0\n"},
      {"<a title='1>2' href=x>y</a>", "y\n"},
      {"<p a=\">x", "x\n"},
  };
  for (const auto& [html, text] : rows) CHECK_EQ(html_to_text(html), text);
}

TEST(references_become_characters) {
  constexpr const char* rows[][2] = {
      {"&lt;&gt;&amp;&quot;", "<>&\"\n"}, {"&eacute;&Eacute;&yuml;", "éÉÿ\n"}, {"&#8364;&#x20AC;&euro;", "€€€\n"},
      {"&#0;&#27;&#x9b;&#xd800;&#1114112;", "?????\n"}, {"&#99999999999;", "&#99999999999;\n"},
      {"&unknown; &amp &", "&unknown; &amp &\n"}, {"&amp;lt;", "&lt;\n"}, {"a&nbsp;b", "a\xc2\xa0" "b\n"}, {"&#10;a", "a\n"},
  };
  for (const auto& [html, text] : rows) CHECK_EQ(html_to_text(html), text);
}

TEST(addresses_of_links_are_kept_unless_the_text_says_them) {
  constexpr const char* rows[][2] = {
      {"<a href=\"http://a.example/x?a=1&amp;b=2\">here</a>.", "here <http://a.example/x?a=1&b=2>.\n"},
      {"<a href='https://a.example/'>https://a.example/</a>", "https://a.example/\n"},
      {"<a href=https://a.example/>a.example</a>", "a.example\n"},
      {"<a href=\"javascript:x()\">y</a><a href=\"#b\">z</a>", "yz\n"},
      {"<a href=http://a/>one<a href=http://b/>two", "one <http://a/>two <http://b/>\n"},
  };
  for (const auto& [html, text] : rows) CHECK_EQ(html_to_text(html), text);
}

// What would make a careless reader look at the same octets again and again.
TEST(time_is_in_proportion) {
  const auto times = [](std::string_view part, std::string_view end = "") {
    std::string text;
    while (text.size() < 2000000) text += part;
    return text += end;
  };
  const auto start = base::now_ms();
  for (const auto& html : {times("<"), times("<a"), times("<a b=\""), times("<a ='", ">"), times("<!--"), times("<script>"),
                           times("&"), times("</"), times("<a href=http://a>", "a"), times("<p>"), times("<<a b=\"'>")})
    CHECK(html_to_text(html).size() <= 12 * html.size());
  CHECK(base::now_ms() - start < 10000);  // some tenths of a second; under a sanitizer more
}

TEST(plain_text_becomes_html) {
  CHECK_EQ(plain_to_html("a<b\n&\"\n", false), "<html><body>\na&lt;b<br>\n&amp;&quot;<br>\n</body></html>\n");
  CHECK_EQ(plain_to_html("a \nb\n", false), "<html><body>\na <br>\nb<br>\n</body></html>\n");
}

TEST(flowed_text_is_joined) {  // RFC 3676
  constexpr const char* rows[][2] = {
      {"a \nb\nc\n", "a b<br>\nc<br>\n"},
      {"> a \n> b\n>> c\n", "&gt; a b<br>\n&gt;&gt; c<br>\n"},
      {"> a \nb\n", "&gt; a <br>\nb<br>\n"},
      {" >a\n", "&gt;a<br>\n"},
      {"a\n-- \nb\n", "a<br>\n-- <br>\nb<br>\n"},
      {"a ", "a <br>\n"},
  };
  for (const auto& [text, html] : rows)
    CHECK_EQ(plain_to_html(text, true), std::string("<html><body>\n") + html + "</body></html>\n");
}
