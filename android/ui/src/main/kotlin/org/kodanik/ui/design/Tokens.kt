// Made by make-shells (package scenarios) from bindings/design. Not to be changed by hand.
package org.kodanik.ui.design

/** Size and line height in sp; the weight as in CSS. */
class TypeToken(val size: Int, val line: Int, val weight: Int)

/** Colours as ARGB; lengths in dp. */
object Tokens {
    object Light {
        const val background: Long = 0xFFF5F8F8
        const val error: Long = 0xFFA3271C
        const val errorContainer: Long = 0xFFFBE4E0
        const val onBackground: Long = 0xFF142225
        const val onError: Long = 0xFFFFFFFF
        const val onErrorContainer: Long = 0xFF5C130C
        const val onPrimary: Long = 0xFFFFFFFF
        const val onPrimaryContainer: Long = 0xFF06343C
        const val onPrimaryFixed: Long = 0xFFFFFFFF
        const val onPrimaryFixedVariant: Long = 0xFFD3ECF0
        const val onSecondary: Long = 0xFFFFFFFF
        const val onSecondaryContainer: Long = 0xFF22363C
        const val onSurface: Long = 0xFF142225
        const val onSurfaceVariant: Long = 0xFF46565B
        const val onTertiary: Long = 0xFFFFFFFF
        const val onTertiaryContainer: Long = 0xFF0E3B1C
        const val outline: Long = 0xFF6A7B80
        const val outlineVariant: Long = 0xFFCBD6D9
        const val primary: Long = 0xFF0B5966
        const val primaryContainer: Long = 0xFFCFE8EC
        const val primaryFixed: Long = 0xFF0E6473
        const val primaryFixedDim: Long = 0xFF083E49
        const val secondary: Long = 0xFF47626A
        const val secondaryContainer: Long = 0xFFDFE9EC
        const val surface: Long = 0xFFF5F8F8
        const val surfaceBright: Long = 0xFFFFFFFF
        const val surfaceContainer: Long = 0xFFEAF0F1
        const val tertiary: Long = 0xFF26683A
        const val tertiaryContainer: Long = 0xFFD6EDDA
    }

    object Dark {
        const val background: Long = 0xFF0E1517
        const val error: Long = 0xFFFFB4A8
        const val errorContainer: Long = 0xFF4C1D18
        const val onBackground: Long = 0xFFE1E9EB
        const val onError: Long = 0xFF5F150D
        const val onErrorContainer: Long = 0xFFFFDAD4
        const val onPrimary: Long = 0xFF00343D
        const val onPrimaryContainer: Long = 0xFFCFF1F6
        const val onPrimaryFixed: Long = 0xFFFFFFFF
        const val onPrimaryFixedVariant: Long = 0xFFD3ECF0
        const val onSecondary: Long = 0xFF1D3238
        const val onSecondaryContainer: Long = 0xFFD6E6EA
        const val onSurface: Long = 0xFFE1E9EB
        const val onSurfaceVariant: Long = 0xFFB3C1C5
        const val onTertiary: Long = 0xFF003914
        const val onTertiaryContainer: Long = 0xFFC7F0CE
        const val outline: Long = 0xFF87979C
        const val outlineVariant: Long = 0xFF374549
        const val primary: Long = 0xFF84D2DE
        const val primaryContainer: Long = 0xFF124B56
        const val primaryFixed: Long = 0xFF0E6473
        const val primaryFixedDim: Long = 0xFF083E49
        const val secondary: Long = 0xFFB4CAD0
        const val secondaryContainer: Long = 0xFF2B3F45
        const val surface: Long = 0xFF0E1517
        const val surfaceBright: Long = 0xFF192326
        const val surfaceContainer: Long = 0xFF212D31
        const val tertiary: Long = 0xFF96D5A2
        const val tertiaryContainer: Long = 0xFF1B4A28
    }

    object Type {
        val body = TypeToken(16, 24, 400)
        val code = TypeToken(18, 28, 500)
        val display = TypeToken(28, 36, 700)
        val heading = TypeToken(18, 24, 500)
        val label = TypeToken(16, 20, 500)
        val note = TypeToken(14, 20, 400)
        val title = TypeToken(22, 28, 700)
    }

    object Space {
        const val l = 24
        const val m = 16
        const val s = 8
        const val xl = 32
        const val xs = 4
        const val xxl = 48
    }

    object Corner {
        const val l = 24
        const val m = 16
        const val s = 8
    }

    /** The least side of what can be touched. */
    const val touch = 48
}
