#include "widgets/theme/theme.h"

#include <array>

namespace fxs::ui {

namespace {

QColor mixed(const QColor& a, const QColor& b, double weightOfB) {
    const auto mix = [&](double x, double y) { return static_cast<float>(x + (y - x) * weightOfB); };
    return QColor::fromRgbF(mix(a.redF(), b.redF()), mix(a.greenF(), b.greenF()), mix(a.blueF(), b.blueF()));
}

QPalette paletteOf(QColor window, QColor base, QColor alternate, QColor button, QColor text, QColor muted,
                   QColor accent) {
    QPalette p;
    p.setColor(QPalette::Window, window);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, base);
    p.setColor(QPalette::AlternateBase, alternate);
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::Button, button);
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::BrightText, QColor(Qt::white));
    p.setColor(QPalette::ToolTipBase, mixed(base, text, 0.06));
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::PlaceholderText, muted);
    p.setColor(QPalette::Highlight, accent);
    p.setColor(QPalette::HighlightedText, QColor(Qt::white));
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::Light, mixed(window, QColor(Qt::white), 0.4));
    p.setColor(QPalette::Midlight, mixed(window, QColor(Qt::white), 0.2));
    p.setColor(QPalette::Mid, mixed(window, text, 0.2));
    p.setColor(QPalette::Dark, mixed(window, text, 0.35));
    p.setColor(QPalette::Shadow, QColor(Qt::black));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        p.setColor(QPalette::Disabled, role, mixed(muted, window, 0.35));
    p.setColor(QPalette::Disabled, QPalette::Highlight, mixed(window, text, 0.2));
    return p;
}

} // namespace

Theme Theme::of(const QPalette& palette) {
    Theme t;
    t.window = palette.color(QPalette::Active, QPalette::Window);
    t.canvas = palette.color(QPalette::Active, QPalette::Base);
    t.text = palette.color(QPalette::Active, QPalette::WindowText);
    t.dark = t.window.lightnessF() < 0.5F;
    t.muted = mixed(t.text, t.canvas, 0.38);
    t.grid = mixed(t.canvas, t.text, t.dark ? 0.13 : 0.09);
    t.line = mixed(t.canvas, t.text, t.dark ? 0.32 : 0.26);
    t.accent = t.dark ? QColor(0x5b, 0xa8, 0xff) : QColor(0x1f, 0x6f, 0xd0);
    t.good = t.dark ? QColor(0x5c, 0xc9, 0x8a) : QColor(0x1c, 0x8a, 0x50);
    t.warning = t.dark ? QColor(0xe6, 0xb4, 0x50) : QColor(0xb0, 0x74, 0x00);
    t.bad = t.dark ? QColor(0xff, 0x7b, 0x72) : QColor(0xc6, 0x2f, 0x2f);
    return t;
}

QColor Theme::series(int index) const {
    // Okabe and Ito's set, its yellow and black replaced: both vanish on one of the two backgrounds.
    static const std::array<QColor, 8> onLight{
        QColor(0x00, 0x72, 0xb2), QColor(0xd5, 0x5e, 0x00), QColor(0x00, 0x9e, 0x73), QColor(0xb8, 0x4d, 0x8e),
        QColor(0xc7, 0x8a, 0x00), QColor(0x3f, 0xa3, 0xd9), QColor(0x7a, 0x5b, 0xb5), QColor(0x60, 0x68, 0x70)};
    static const std::array<QColor, 8> onDark{
        QColor(0x5a, 0xb4, 0xf0), QColor(0xff, 0x95, 0x4a), QColor(0x3f, 0xcf, 0xa0), QColor(0xe5, 0x8a, 0xc4),
        QColor(0xf0, 0xc2, 0x4a), QColor(0x8f, 0xd3, 0xf5), QColor(0xb7, 0x9c, 0xf0), QColor(0xa8, 0xb0, 0xb8)};
    const std::size_t i = static_cast<std::size_t>(index < 0 ? 0 : index) % onLight.size();
    return dark ? onDark[i] : onLight[i];
}

QPalette lightPalette() {
    return paletteOf(QColor(0xf4, 0xf5, 0xf7), QColor(0xff, 0xff, 0xff), QColor(0xf2, 0xf4, 0xf7),
                     QColor(0xfb, 0xfb, 0xfc), QColor(0x1d, 0x21, 0x26), QColor(0x6b, 0x72, 0x7b),
                     QColor(0x1f, 0x6f, 0xd0));
}

QPalette darkPalette() {
    return paletteOf(QColor(0x24, 0x27, 0x2c), QColor(0x1a, 0x1c, 0x20), QColor(0x20, 0x23, 0x28),
                     QColor(0x30, 0x34, 0x3a), QColor(0xe4, 0xe7, 0xeb), QColor(0x93, 0x9a, 0xa4),
                     QColor(0x2f, 0x7f, 0xe0));
}

} // namespace fxs::ui
