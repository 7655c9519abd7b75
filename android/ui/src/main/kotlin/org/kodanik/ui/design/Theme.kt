package org.kodanik.ui.design

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ColorScheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.Hyphens
import androidx.compose.ui.text.style.LineBreak
import androidx.compose.ui.text.style.LineHeightStyle
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** Material 3 in this app's colours, type and corners. */
@Composable
fun KodanikTheme(dark: Boolean = isSystemInDarkTheme(), content: @Composable () -> Unit) {
    MaterialTheme(
        colorScheme = if (dark) Dark else Light,
        shapes = shapes,
        typography = typography,
        content = content,
    )
}

/** Space and corners as lengths. */
object Space {
    val xs: Dp = Tokens.Space.xs.dp
    val s: Dp = Tokens.Space.s.dp
    val m: Dp = Tokens.Space.m.dp
    val l: Dp = Tokens.Space.l.dp
    val xl: Dp = Tokens.Space.xl.dp
    val xxl: Dp = Tokens.Space.xxl.dp

    /** The least side of what can be touched. */
    val touch: Dp = Tokens.touch.dp
}

/** Of the e-ID card, which looks the same by day and by night. */
object CardColours {
    val top = Color(Tokens.Light.primaryFixed)
    val bottom = Color(Tokens.Light.primaryFixedDim)
    val text = Color(Tokens.Light.onPrimaryFixed)
    val note = Color(Tokens.Light.onPrimaryFixedVariant)
}

/** Codes and numbers that are compared sign by sign. */
val codeStyle: TextStyle = Tokens.Type.code.style().copy(fontFamily = FontFamily.Monospace)

/** One that is copied by hand. */
val largeCodeStyle: TextStyle = codeStyle.copy(fontSize = Tokens.Type.title.size.sp, lineHeight = Tokens.Type.display.line.sp)

private val shapes = Shapes(
    extraSmall = RoundedCornerShape(Tokens.Corner.s.dp),
    small = RoundedCornerShape(Tokens.Corner.s.dp),
    medium = RoundedCornerShape(Tokens.Corner.m.dp),
    large = RoundedCornerShape(Tokens.Corner.l.dp),
    extraLarge = RoundedCornerShape(Tokens.Corner.l.dp),
)

private val typography = Typography(
    displayLarge = Tokens.Type.display.style(),
    displayMedium = Tokens.Type.display.style(),
    displaySmall = Tokens.Type.display.style(),
    headlineLarge = Tokens.Type.display.style(),
    headlineMedium = Tokens.Type.title.style(),
    headlineSmall = Tokens.Type.title.style(),
    titleLarge = Tokens.Type.title.style(),
    titleMedium = Tokens.Type.heading.style(),
    titleSmall = Tokens.Type.label.style(),
    bodyLarge = Tokens.Type.body.style(),
    bodyMedium = Tokens.Type.note.style(),
    bodySmall = Tokens.Type.note.style(),
    labelLarge = Tokens.Type.label.style(),
    labelMedium = Tokens.Type.note.style(),
    labelSmall = Tokens.Type.note.style(),
)

private fun TypeToken.style() = TextStyle(
    fontSize = size.sp,
    lineHeight = line.sp,
    fontWeight = FontWeight(weight),
    lineHeightStyle = LineHeightStyle(LineHeightStyle.Alignment.Center, LineHeightStyle.Trim.None),
    // The only one that keeps Korean words whole, on phones that can.
    lineBreak = LineBreak.Heading,
    hyphens = Hyphens.Auto,
)

private val Light: ColorScheme = lightColorScheme(
    primary = Color(Tokens.Light.primary),
    onPrimary = Color(Tokens.Light.onPrimary),
    primaryContainer = Color(Tokens.Light.primaryContainer),
    onPrimaryContainer = Color(Tokens.Light.onPrimaryContainer),
    secondary = Color(Tokens.Light.secondary),
    onSecondary = Color(Tokens.Light.onSecondary),
    secondaryContainer = Color(Tokens.Light.secondaryContainer),
    onSecondaryContainer = Color(Tokens.Light.onSecondaryContainer),
    tertiary = Color(Tokens.Light.tertiary),
    onTertiary = Color(Tokens.Light.onTertiary),
    tertiaryContainer = Color(Tokens.Light.tertiaryContainer),
    onTertiaryContainer = Color(Tokens.Light.onTertiaryContainer),
    error = Color(Tokens.Light.error),
    onError = Color(Tokens.Light.onError),
    errorContainer = Color(Tokens.Light.errorContainer),
    onErrorContainer = Color(Tokens.Light.onErrorContainer),
    background = Color(Tokens.Light.background),
    onBackground = Color(Tokens.Light.onBackground),
    surface = Color(Tokens.Light.surface),
    surfaceTint = Color(Tokens.Light.surface),
    surfaceBright = Color(Tokens.Light.surfaceBright),
    surfaceVariant = Color(Tokens.Light.surfaceContainer),
    surfaceContainer = Color(Tokens.Light.surfaceContainer),
    surfaceContainerHigh = Color(Tokens.Light.surfaceContainer),
    surfaceContainerHighest = Color(Tokens.Light.surfaceContainer),
    onSurface = Color(Tokens.Light.onSurface),
    onSurfaceVariant = Color(Tokens.Light.onSurfaceVariant),
    outline = Color(Tokens.Light.outline),
    outlineVariant = Color(Tokens.Light.outlineVariant),
)

private val Dark: ColorScheme = darkColorScheme(
    primary = Color(Tokens.Dark.primary),
    onPrimary = Color(Tokens.Dark.onPrimary),
    primaryContainer = Color(Tokens.Dark.primaryContainer),
    onPrimaryContainer = Color(Tokens.Dark.onPrimaryContainer),
    secondary = Color(Tokens.Dark.secondary),
    onSecondary = Color(Tokens.Dark.onSecondary),
    secondaryContainer = Color(Tokens.Dark.secondaryContainer),
    onSecondaryContainer = Color(Tokens.Dark.onSecondaryContainer),
    tertiary = Color(Tokens.Dark.tertiary),
    onTertiary = Color(Tokens.Dark.onTertiary),
    tertiaryContainer = Color(Tokens.Dark.tertiaryContainer),
    onTertiaryContainer = Color(Tokens.Dark.onTertiaryContainer),
    error = Color(Tokens.Dark.error),
    onError = Color(Tokens.Dark.onError),
    errorContainer = Color(Tokens.Dark.errorContainer),
    onErrorContainer = Color(Tokens.Dark.onErrorContainer),
    background = Color(Tokens.Dark.background),
    onBackground = Color(Tokens.Dark.onBackground),
    surface = Color(Tokens.Dark.surface),
    surfaceTint = Color(Tokens.Dark.surface),
    surfaceBright = Color(Tokens.Dark.surfaceBright),
    surfaceVariant = Color(Tokens.Dark.surfaceContainer),
    surfaceContainer = Color(Tokens.Dark.surfaceContainer),
    surfaceContainerHigh = Color(Tokens.Dark.surfaceContainer),
    surfaceContainerHighest = Color(Tokens.Dark.surfaceContainer),
    onSurface = Color(Tokens.Dark.onSurface),
    onSurfaceVariant = Color(Tokens.Dark.onSurfaceVariant),
    outline = Color(Tokens.Dark.outline),
    outlineVariant = Color(Tokens.Dark.outlineVariant),
)
