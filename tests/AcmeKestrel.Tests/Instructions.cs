using System.Reflection;
using System.Reflection.Emit;

namespace AcmeKestrel.Tests;

/// <summary>Reads the metadata tokens out of a method body, instruction by instruction (ECMA-335 partition III).</summary>
internal static class Instructions
{
    private static readonly Dictionary<ushort, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value);

    /// <summary>Of members and types.</summary>
    public static IEnumerable<int> Tokens(byte[] il) => Operands(il, [OperandType.InlineField, OperandType.InlineMethod, OperandType.InlineTok, OperandType.InlineType]);

    /// <summary>Of texts that are written in the code.</summary>
    public static IEnumerable<int> Texts(byte[] il) => Operands(il, [OperandType.InlineString]);

    private static IEnumerable<int> Operands(byte[] il, OperandType[] kinds)
    {
        for (var at = 0; at < il.Length;)
        {
            ushort value = il[at++];
            if (value == 0xFE) value = (ushort)(0xFE00 | il[at++]);

            var operand = Codes[value].OperandType;
            if (kinds.Contains(operand)) yield return BitConverter.ToInt32(il, at);

            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
