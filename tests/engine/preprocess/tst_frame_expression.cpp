#include "engine/core/error.h"
#include "engine/preprocess/frame_expression.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace fxs;

namespace {

std::vector<FrameColumn> columns() {
    return {{"energy", {0.5, 2.0, std::numeric_limits<double>::quiet_NaN()}, {}},
            {"laser", {}, {"on", "off", ""}},
            {"odd name", {7, 8, 9}, {}}};
}

std::string errorOf(const char* text) {
    try {
        const auto values = columns();
        FrameExpression(text).isTrue(FrameValues(values, 10), 0);
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

} // namespace

class TestFrameExpression : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Frames 10, 11, 12 of a run: which of them the expression takes.
    void takesFrames_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("taken");
        const auto row = [](const char* text, const char* taken) { QTest::newRow(text) << text << taken; };
        row("1", "111");
        row("false", "000");
        row("energy > 1", "010");
        row("energy <= 2", "110"); // comparisons with what is not a number are false
        row("not energy > 1", "101");
        row("energy != 2", "100");
        row("laser == \"on\"", "100");
        row("laser != 'on' and energy > 0", "010");
        row("laser in ['on', 'off']", "110");
        row("index not in [10, 12]", "010");
        row("index % 2 == 0", "101");
        row("-index % 4 == 2", "100"); // as Python: -10 % 4 is 2
        row("`odd name` - 1 >= 2 * 3 + 1", "011");
        row("2 + 3 * 4 == 14 && (2 + 3) * 4 == 20", "111");
        row("energy > 1 or laser == 'on' and index == 10", "110");
        row("!(energy > 1 || laser == 'on')", "001");
        row("energy = 0.5", "100");
        row("index / 0 > 1e300", "111");
        row("orange_free or 1", "error");
    }
    void takesFrames() {
        QFETCH(QString, text);
        QFETCH(QString, taken);
        if (taken == "error") {
            QVERIFY(errorOf(text.toUtf8()).find("orange_free") != std::string::npos);
            return;
        }
        const FrameExpression expression(text.toStdString());
        const auto known = columns();
        const FrameValues values(known, 10);
        for (std::size_t f = 0; f < 3; ++f)
            QCOMPARE(expression.isTrue(values, f), taken[static_cast<int>(f)] == '1');
    }

    void namesWhereItIsWrong_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* text, const char* message) { QTest::newRow(text) << text << message; };
        row("", "character 1");
        row("energy >", "character 9: it ends");
        row("energy > 1)", "character 11");
        row("(energy > 1", "character 1: the parenthesis");
        row("laser == 'on", "character 10: the quotation mark");
        row("energy $ 1", "character 8");
        row("energy in 3", "character 11: expected [");
        row("energy in [3", "not closed");
        row("laser > 1", "a text is compared with a number");
        row("laser + 1", "expected a number");
        row("and 1", "character 1: \"and\"");
        row("1 2", "character 3");
    }
    void namesWhereItIsWrong() {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const std::string found = errorOf(text.toUtf8());
        QVERIFY2(found.find(message.toStdString()) != std::string::npos, found.c_str());
    }

    void isNotBroughtDownByNesting() {
        for (const char* sign : {"(", "not ", "-", "!"}) {
            std::string text;
            for (int i = 0; i < 100000; ++i)
                text += sign;
            QVERIFY(errorOf((text + "1").c_str()).find("nested") != std::string::npos);
        }
    }

    void collectsItsColumns() {
        const FrameExpression expression("energy > 1 and index > 3 and `odd name` > energy");
        QCOMPARE(expression.columns(), (std::vector<std::string>{"energy", "odd name"}));
    }

    void groupsByValueOrBin() {
        const auto known = columns();
        const FrameValues values(known, 10);
        QCOMPARE(FrameGrouping("laser").label(values, 0), std::string("on"));
        QCOMPARE(FrameGrouping("laser").label(values, 2), std::string("none"));
        QCOMPARE(FrameGrouping("energy").label(values, 1), std::string("2"));
        QCOMPARE(FrameGrouping("energy").label(values, 2), std::string("none"));
        QCOMPARE(FrameGrouping("energy:0.2").label(values, 0), std::string("0.4..0.6"));
        QCOMPARE(FrameGrouping("index:5").label(values, 2), std::string("10..15"));
        QVERIFY(FrameGrouping("index:5").columns().empty());
        QVERIFY_EXCEPTION_THROWN(FrameGrouping("laser:2").label(values, 0), Error);
        for (const char* wrong : {"", ":3", "a:", "a:0", "a:-1", "a:x", "a:nan"})
            QVERIFY_EXCEPTION_THROWN(FrameGrouping{wrong}, Error);
    }
};

QTEST_APPLESS_MAIN(TestFrameExpression)
#include "tst_frame_expression.moc"
